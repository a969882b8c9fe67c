// Copies between JavaScript's typed arrays and vectors: nothing of JavaScript is read off the main thread.
#pragma once

#include "../core/error.h"

#include <napi.h>

#include <cstring>
#include <string>
#include <vector>

namespace toolken {

template <typename T> struct Elements;
template <> struct Elements<int32_t> {
    using Array = Napi::Int32Array;
    static constexpr napi_typedarray_type TYPE = napi_int32_array;
    static constexpr const char * NAME = "an Int32Array";
};
template <> struct Elements<float> {
    using Array = Napi::Float32Array;
    static constexpr napi_typedarray_type TYPE = napi_float32_array;
    static constexpr const char * NAME = "a Float32Array";
};
template <> struct Elements<uint8_t> {
    using Array = Napi::Uint8Array;
    static constexpr napi_typedarray_type TYPE = napi_uint8_array;
    static constexpr const char * NAME = "a Uint8Array";
};

template <typename T> Napi::Value to_typed_array(Napi::Env env, const std::vector<T> & values) {
    auto array = Elements<T>::Array::New(env, values.size());
    if (!values.empty()) {
        std::memcpy(array.Data(), values.data(), values.size() * sizeof(T));
    }
    return array;
}

// The array itself. Throws INVALID_ARGUMENT for one of another type: elements are read as they lie in memory.
template <typename T> typename Elements<T>::Array typed_array(const Napi::Value & value, const char * name) {
    if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != Elements<T>::TYPE) {
        throw Error("INVALID_ARGUMENT", std::string("Expected ") + Elements<T>::NAME + " for " + name +
                                            " but received another value");
    }
    return value.As<typename Elements<T>::Array>();
}

template <typename T> std::vector<T> to_vector(const Napi::Value & value, const char * name) {
    const auto array = typed_array<T>(value, name);
    const auto * data = array.Data();
    return {data, data + array.ElementLength()};
}

inline std::vector<std::string> to_strings(const Napi::Value & value) {
    std::vector<std::string> strings;
    if (!value.IsArray()) {
        throw Error("INVALID_ARGUMENT", "Expected an array of strings but received another value");
    }
    const auto array = value.As<Napi::Array>();
    for (uint32_t i = 0; i < array.Length(); ++i) {
        strings.push_back(array.Get(i).ToString().Utf8Value());
    }
    return strings;
}

// Throws INVALID_ARGUMENT.
inline Napi::Object to_object(const Napi::Value & value, const char * name) {
    if (!value.IsObject()) {
        throw Error("INVALID_ARGUMENT",
                    std::string("Expected an object for ") + name + " but received another value");
    }
    return value.As<Napi::Object>();
}

inline int to_int(const Napi::Object & object, const char * key, int fallback) {
    const auto value = object.Get(key);
    return value.IsNumber() ? value.As<Napi::Number>().Int32Value() : fallback;
}

inline bool to_bool(const Napi::Object & object, const char * key, bool fallback) {
    const auto value = object.Get(key);
    return value.IsBoolean() ? value.As<Napi::Boolean>().Value() : fallback;
}

} // namespace toolken
