// Native errors become JavaScript errors with a code; objects of one native class are not taken for
// another's.
#pragma once

#include "../core/error.h"

#include <napi.h>

#include <new>
#include <string>

namespace toolken {

inline Napi::Error to_js(Napi::Env env, const std::string & code, const std::string & message) {
    auto error = Napi::Error::New(env, message);
    error.Set("code", Napi::String::New(env, code));
    return error;
}

// Runs a synchronous function; native errors become JavaScript errors with a code.
template <typename Function> auto guard(Napi::Env env, Function && function) {
    try {
        return function();
    } catch (const Napi::Error &) {
        throw;
    } catch (const Error & error) {
        throw to_js(env, error.code(), error.what());
    } catch (const std::bad_alloc &) {
        throw to_js(env, "RESOURCE_EXHAUSTED", "Expected more memory but there is none");
    } catch (const std::exception & error) {
        throw to_js(env, "INTERNAL", error.what());
    }
}

// Marks the object under construction; `Binding` has a TYPE_TAG of its own and a WHAT for messages.
template <typename Binding> void tag(const Napi::CallbackInfo & info) {
    info.This().As<Napi::Object>().TypeTag(&Binding::TYPE_TAG);
}

// The native side of a JavaScript value. Throws INVALID_ARGUMENT for anything else than an object of the
// class.
template <typename Binding> Binding & unwrap(const Napi::Value & value) {
    if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&Binding::TYPE_TAG)) {
        throw Error("INVALID_ARGUMENT",
                    std::string("Expected a ") + Binding::WHAT + " but received another value");
    }
    return *Binding::Unwrap(value.As<Napi::Object>());
}

} // namespace toolken
