// What a decode takes from JavaScript and gives back to it.
#pragma once

#include "../core/context.h"

#include <napi.h>

#include <vector>

namespace toolken {

// Throws INVALID_ARGUMENT.
std::vector<OutputRequest> to_requests(const Napi::Value & value);

Napi::Value to_js_outputs(Napi::Env env, const std::vector<Output> & outputs);

} // namespace toolken
