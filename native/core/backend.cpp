#include "backend.h"

#include "cpus.h"
#include "error.h"
#include "log_capture.h"
#include "paths.h"

#include "llama.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <mutex>
#include <set>
#include <utility>

namespace toolken {

std::string backend_of(ggml_backend_dev_t device) {
    std::string name = ggml_backend_reg_name(ggml_backend_dev_backend_reg(device));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return name == "mtl" ? "metal" : name;
}

namespace {

std::mutex backend_mutex;

const char * type_name(enum ggml_backend_dev_type type) {
    switch (type) {
    case GGML_BACKEND_DEVICE_TYPE_CPU:
        return "cpu";
    case GGML_BACKEND_DEVICE_TYPE_GPU:
        return "gpu";
    case GGML_BACKEND_DEVICE_TYPE_IGPU:
        return "integrated";
    default:
        return "accelerator";
    }
}

// The discrete GPUs of a backend; its integrated ones only where there is none: a model's layers are divided
// by free memory, of which the slow device may have more. As llama.cpp chooses by itself.
std::vector<ggml_backend_dev_t> gpus_of(const std::string & backend) {
    std::vector<ggml_backend_dev_t> discrete;
    std::vector<ggml_backend_dev_t> integrated;
    for (size_t i = 0; i < ggml_backend_dev_count(); ++i) {
        auto * device = ggml_backend_dev_get(i);
        if (backend_of(device) != backend) {
            continue;
        }
        if (ggml_backend_dev_type(device) == GGML_BACKEND_DEVICE_TYPE_GPU) {
            discrete.push_back(device);
        } else if (ggml_backend_dev_type(device) == GGML_BACKEND_DEVICE_TYPE_IGPU) {
            integrated.push_back(device);
        }
    }
    return discrete.empty() ? integrated : discrete;
}

// A GPU package's folder: its backends, without the CPU backends that it brings
// too. A backend that already has a device is left alone (cuda-ext is the same
// CUDA backend for older drivers).
void load_gpu_backends(const std::filesystem::path & directory) {
    std::error_code ignored;
    for (const auto & entry : std::filesystem::directory_iterator(directory, ignored)) {
        auto name = path_to_utf8(entry.path().stem());
        const auto extension = entry.path().extension();
        if (extension != ".so" && extension != ".dll") {
            continue;
        }
        if (name.starts_with("lib")) {
            name.erase(0, 3);
        }
        if (!name.starts_with("ggml-") || name == "ggml-base" || name.starts_with("ggml-cpu")) {
            continue;
        }
        const auto backend = name.substr(5);
        bool present = false;
        for (size_t i = 0; i < ggml_backend_dev_count(); ++i) {
            present = present || backend_of(ggml_backend_dev_get(i)) == backend;
        }
        if (!present) {
            ggml_backend_load(path_to_utf8(entry.path()).c_str());
        }
    }
}

} // namespace

bool backend_load(const std::vector<std::string> & directories) {
    const std::lock_guard lock(backend_mutex);
    static std::set<std::string> loaded;
    static bool initialised = false;
    log_install();
    bool is_new = false;
    for (const auto & directory : directories) {
        std::error_code ignored;
        const auto canonical =
            path_to_utf8(std::filesystem::weakly_canonical(path_from_utf8(directory), ignored));
        if (loaded.insert(canonical).second) {
            is_new = true;
            if (ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU) == nullptr) {
                ggml_backend_load_all_from_path(canonical.c_str());
            } else {
                load_gpu_backends(path_from_utf8(canonical));
            }
        }
    }
    if (!initialised) {
        llama_backend_init();
        initialised = true;
    }
    if (ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU) == nullptr) {
        throw Error("BINARY_INCOMPATIBLE", "Expected llama.cpp's CPU backend in the "
                                           "library folders but found none");
    }
    return is_new;
}

void backend_prepare(const std::vector<ggml_backend_dev_t> & devices) {
    const std::lock_guard lock(backend_mutex);
    static std::set<ggml_backend_dev_t> prepared;
    for (auto * device : devices) {
        if (prepared.insert(device).second) {
            ggml_backend_free(ggml_backend_dev_init(device, nullptr));
        }
    }
}

std::vector<Device> backend_devices() {
    std::vector<Device> devices;
    for (size_t i = 0; i < ggml_backend_dev_count(); ++i) {
        auto * device = ggml_backend_dev_get(i);
        Device facts;
        facts.name = ggml_backend_dev_name(device);
        facts.description = ggml_backend_dev_description(device);
        facts.backend = backend_of(device);
        facts.type = type_name(ggml_backend_dev_type(device));
        ggml_backend_dev_memory(device, &facts.memory_free, &facts.memory_total);
        devices.push_back(std::move(facts));
    }
    return devices;
}

std::vector<ggml_backend_dev_t> backend_gpu_devices(const std::string & gpu) {
    // Order of preference for "auto": the vendor's own backend before the
    // portable one.
    static const std::vector<std::string> preferred = {"cuda", "metal", "vulkan"};
    std::vector<ggml_backend_dev_t> found;
    if (gpu == "cpu") {
        return found;
    }
    if (gpu != "auto") {
        found = gpus_of(gpu);
        if (found.empty()) {
            throw Error("BACKEND_UNAVAILABLE",
                        "Expected a " + gpu + " device but no installed backend offers one");
        }
        return found;
    }
    for (const auto & backend : preferred) {
        found = gpus_of(backend);
        if (!found.empty()) {
            return found;
        }
    }
    return found;
}

int backend_physical_cores() {
    return cpus_physical();
}

const char * backend_llama_version() {
    return llama_version();
}

} // namespace toolken
