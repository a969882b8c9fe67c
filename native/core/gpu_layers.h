// How many of a model's layers go to the devices.
#pragma once

#include "ggml-backend.h"

#include <string>
#include <vector>

namespace toolken {

// All layers (-1) when the model's files fit into the devices' free memory, else the share that does.
int gpu_layers_that_fit(const std::string & path, const std::vector<ggml_backend_dev_t> & devices);

} // namespace toolken
