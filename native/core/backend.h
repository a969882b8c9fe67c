// Loads ggml's backends (CPU variants, Vulkan, CUDA, Metal) once per process and lists their devices.
#pragma once

#include "ggml-backend.h"

#include <cstddef>
#include <string>
#include <vector>

namespace toolken {

struct Device {
    std::string name;        // e.g. "CUDA0"
    std::string description; // e.g. "NVIDIA H100"
    std::string backend;     // lower case: "cpu", "cuda", "vulkan", "metal", …
    std::string type;        // "cpu", "gpu", "integrated", "accelerator"
    size_t memory_free = 0;  // bytes
    size_t memory_total = 0; // bytes
};

// Loads every backend found in the directories (each directory once) and initialises llama.cpp. Returns
// whether anything was loaded.
bool backend_load(const std::vector<std::string> & directories);

// Lower case: "cpu", "cuda", "vulkan", "metal", …
std::string backend_of(ggml_backend_dev_t device);

std::vector<Device> backend_devices();

// Initialises each device once in a process. llama.cpp does so on first use, and a second thread that comes
// meanwhile (a worker's model) finds a device that is half made.
void backend_prepare(const std::vector<ggml_backend_dev_t> & devices);

// GPU devices of one backend ("cuda", "vulkan", "metal"), or of the best one ("auto"); empty for "cpu".
// Integrated GPUs only where the backend has no discrete one. Throws BACKEND_UNAVAILABLE when a named backend
// has no device.
std::vector<ggml_backend_dev_t> backend_gpu_devices(const std::string & gpu);

// Physical cores that this process may use: more threads than that slow every token down.
int backend_physical_cores();

const char * backend_llama_version();

} // namespace toolken
