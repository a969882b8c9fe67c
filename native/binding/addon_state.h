// What one JavaScript environment (main thread or worker) keeps: the constructors of the native classes.
#pragma once

#include <napi.h>

namespace toolken {

struct AddonState {
    Napi::FunctionReference cancel;
    Napi::FunctionReference model;
    Napi::FunctionReference head;
    Napi::FunctionReference grammar;
    Napi::FunctionReference context;
};

} // namespace toolken
