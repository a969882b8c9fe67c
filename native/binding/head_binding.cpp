#include "head_binding.h"

#include "promise_worker.h"

namespace toolken {

Napi::Function HeadBinding::define(Napi::Env env) {
    return DefineClass(env, "Head",
                       {InstanceMethod("setRows", &HeadBinding::set_rows),
                        InstanceMethod("bytes", &HeadBinding::bytes),
                        InstanceMethod("dispose", &HeadBinding::dispose)});
}

HeadBinding::HeadBinding(const Napi::CallbackInfo & info) : Napi::ObjectWrap<HeadBinding>(info) {
    guard(info.Env(), [&] {
        head_ = std::make_shared<Head>(info[0].ToNumber().Int32Value(), info[1].ToNumber().Int32Value(),
                                       info[2].ToString().Utf8Value());
    });
}

HeadPtr HeadBinding::from(const Napi::Value & value) {
    auto head = Unwrap(value.As<Napi::Object>())->head_;
    if (!head) {
        throw Error("DISPOSED", "Expected a head in use but it was disposed");
    }
    return head;
}

// setRows(weights: Float32Array (n, d), n)
void HeadBinding::set_rows(const Napi::CallbackInfo & info) {
    guard(info.Env(), [&] {
        const auto head = from(info.This());
        const auto weights = info[0].As<Napi::Float32Array>();
        const int n = info[1].ToNumber().Int32Value();
        if (n < 0 ||
            weights.ElementLength() != static_cast<size_t>(n) * static_cast<size_t>(head->dimension())) {
            throw Error("INVALID_ARGUMENT", "Expected n × d weights for the head's rows");
        }
        head->set_rows(weights.Data(), n);
    });
}

Napi::Value HeadBinding::bytes(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&]() -> Napi::Value {
        return Napi::Number::New(info.Env(), static_cast<double>(from(info.This())->bytes()));
    });
}

void HeadBinding::dispose(const Napi::CallbackInfo &) {
    head_.reset();
}

} // namespace toolken
