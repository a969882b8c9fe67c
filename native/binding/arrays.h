// Copies between JavaScript's typed arrays and vectors: nothing of JavaScript is read off the main thread.
#pragma once

#include <napi.h>

#include <cstring>
#include <string>
#include <vector>

namespace toolken {

template <typename T> struct TypedArrayOf;
template <> struct TypedArrayOf<int32_t> { using type = Napi::Int32Array; };
template <> struct TypedArrayOf<float> { using type = Napi::Float32Array; };
template <> struct TypedArrayOf<uint8_t> { using type = Napi::Uint8Array; };

template <typename T> Napi::Value to_typed_array(Napi::Env env, const std::vector<T> & values) {
    auto array = TypedArrayOf<T>::type::New(env, values.size());
    if (!values.empty()) {
        std::memcpy(array.Data(), values.data(), values.size() * sizeof(T));
    }
    return array;
}

template <typename T> std::vector<T> to_vector(const Napi::Value & value) {
    const auto array = value.As<typename TypedArrayOf<T>::type>();
    const auto * data = array.Data();
    return {data, data + array.ElementLength()};
}

inline std::vector<std::string> to_strings(const Napi::Value & value) {
    const auto array = value.As<Napi::Array>();
    std::vector<std::string> strings;
    for (uint32_t i = 0; i < array.Length(); ++i) {
        strings.push_back(array.Get(i).ToString().Utf8Value());
    }
    return strings;
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
