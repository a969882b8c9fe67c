// What one JavaScript environment (main thread or worker) keeps: the constructors of the native classes, its
// jobs.
#pragma once

#include "jobs.h"

#include <napi.h>

namespace toolken {

struct AddonState {
    Napi::FunctionReference cancel;
    Napi::FunctionReference model;
    Napi::FunctionReference head;
    Napi::FunctionReference grammar;
    Napi::FunctionReference context;
    std::shared_ptr<Jobs> jobs;
    std::function<void()> stop_log = [] {};

    AddonState() = default;
    ~AddonState() { stop_log(); }
    AddonState(const AddonState &) = delete;
    AddonState & operator=(const AddonState &) = delete;
};

} // namespace toolken
