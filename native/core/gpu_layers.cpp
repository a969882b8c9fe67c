#include "gpu_layers.h"

#include "paths.h"

#include "llama.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <regex>

namespace toolken {

namespace {

// Left free on the device for the KV cache and the compute buffers when layers are counted automatically.
constexpr double DEVICE_RESERVE = 0.8;

// Bytes of the model's file, and of the others when it is the first of several (name-00001-of-00003.gguf); 0
// when unknown.
uint64_t size_of_files(const std::string & path) {
    const std::regex pattern("(.*)-00001-of-([0-9]{5})\\.gguf");
    std::smatch match;
    const bool several = std::regex_match(path, match, pattern);
    const int count = several ? std::stoi(match[2]) : 1;
    uint64_t total = 0;
    for (int i = 1; i <= count; ++i) {
        char name[64];
        std::snprintf(name, sizeof(name), "-%05d-of-%05d.gguf", i, count);
        std::error_code error;
        const auto size =
            std::filesystem::file_size(path_from_utf8(several ? match[1].str() + name : path), error);
        if (error) {
            return 0;
        }
        total += size;
    }
    return total;
}

} // namespace

int gpu_layers_that_fit(const std::string & path, const std::vector<ggml_backend_dev_t> & devices) {
    size_t available = 0;
    for (auto * device : devices) {
        size_t free = 0;
        size_t total = 0;
        ggml_backend_dev_memory(device, &free, &total);
        available += free;
    }
    const auto size = size_of_files(path);
    if (size == 0 || static_cast<double>(size) <= DEVICE_RESERVE * static_cast<double>(available)) {
        return -1;
    }
    // The number of layers is unknown before loading: 128 covers what exists, llama.cpp caps it.
    const double share = DEVICE_RESERVE * static_cast<double>(available) / static_cast<double>(size);
    llama_model_params probe = llama_model_default_params();
    probe.vocab_only = true;
    const std::unique_ptr<llama_model, void (*)(llama_model *)> model(
        llama_model_load_from_file(path.c_str(), probe), [](llama_model * m) {
            if (m != nullptr) {
                llama_model_free(m);
            }
        });
    const int layers = model ? llama_model_n_layer(model.get()) : 0;
    return std::max(0, static_cast<int>(std::floor(share * layers)));
}

} // namespace toolken
