#include "backend.h"

#include "error.h"
#include "log_capture.h"

#include "llama.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#if defined(__linux__)
#include <sched.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#endif

namespace toolken {

namespace {

std::mutex backend_mutex;

std::string backend_name(ggml_backend_dev_t device) {
    std::string name = ggml_backend_reg_name(ggml_backend_dev_backend_reg(device));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    return name == "mtl" ? "metal" : name;
}

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

bool is_gpu(ggml_backend_dev_t device) {
    const auto type = ggml_backend_dev_type(device);
    return type == GGML_BACKEND_DEVICE_TYPE_GPU || type == GGML_BACKEND_DEVICE_TYPE_IGPU;
}

// A GPU package's folder: its backends, without the CPU backends that it brings
// too. A backend that already has a device is left alone (cuda-ext is the same
// CUDA backend for older drivers).
void load_gpu_backends(const std::filesystem::path & directory) {
    std::error_code ignored;
    for (const auto & entry : std::filesystem::directory_iterator(directory, ignored)) {
        std::string name = entry.path().stem().string();
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
            present = present || backend_name(ggml_backend_dev_get(i)) == backend;
        }
        if (!present) {
            ggml_backend_load(entry.path().string().c_str());
        }
    }
}

} // namespace

void backend_load(const std::vector<std::string> & directories) {
    const std::lock_guard lock(backend_mutex);
    static std::set<std::string> loaded;
    static bool initialised = false;
    log_install();
    for (const auto & directory : directories) {
        std::error_code ignored;
        const auto canonical = std::filesystem::weakly_canonical(directory, ignored).string();
        if (loaded.insert(canonical).second) {
            if (ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU) == nullptr) {
                ggml_backend_load_all_from_path(canonical.c_str());
            } else {
                load_gpu_backends(canonical);
            }
        }
    }
    if (!initialised) {
        llama_backend_init();
        initialised = true;
    }
    if (ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU) == nullptr) {
        throw Error("BINARY_UNFIT", "Expected llama.cpp's CPU backend in the "
                                    "library folders but found none");
    }
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
        facts.backend = backend_name(device);
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
    const auto of_backend = [](const std::string & backend) {
        std::vector<ggml_backend_dev_t> devices;
        for (size_t i = 0; i < ggml_backend_dev_count(); ++i) {
            auto * device = ggml_backend_dev_get(i);
            if (is_gpu(device) && backend_name(device) == backend) {
                devices.push_back(device);
            }
        }
        return devices;
    };
    if (gpu != "auto") {
        found = of_backend(gpu);
        if (found.empty()) {
            throw Error("BACKEND_UNAVAILABLE",
                        "Expected a " + gpu + " device but no installed backend offers one");
        }
        return found;
    }
    for (const auto & backend : preferred) {
        found = of_backend(backend);
        if (!found.empty()) {
            return found;
        }
    }
    return found;
}

int backend_physical_cores() {
    const int logical = std::max(1U, std::thread::hardware_concurrency());
#if defined(__linux__)
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
        return logical;
    }
    std::set<std::pair<int, int>> cores;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (!CPU_ISSET(cpu, &allowed)) {
            continue;
        }
        const auto topology = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
        int core = -1;
        int package = -1;
        std::ifstream(topology + "core_id") >> core;
        std::ifstream(topology + "physical_package_id") >> package;
        if (core < 0) {
            return std::max(1, CPU_COUNT(&allowed));
        }
        cores.emplace(package, core);
    }
    return std::max<int>(1, static_cast<int>(cores.size()));
#elif defined(__APPLE__)
    int cores = 0;
    size_t size = sizeof(cores);
    if (sysctlbyname("hw.perflevel0.physicalcpu", &cores, &size, nullptr, 0) == 0 && cores > 0) {
        return cores;
    }
    return logical;
#else
    return std::max(1, logical / 2);
#endif
}

const char * backend_llama_version() {
    return llama_version();
}

} // namespace toolken
