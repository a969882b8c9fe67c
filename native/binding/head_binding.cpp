#include "head_binding.h"

#include "arrays.h"
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
        tag<HeadBinding>(info);
        head_ = std::make_shared<Head>(info[0].ToNumber().Int32Value(), info[1].ToNumber().Int32Value(),
                                       info[2].ToString().Utf8Value());
    });
}

HeadPtr HeadBinding::from(const Napi::Value & value) {
    auto head = unwrap<HeadBinding>(value).head_;
    if (!head) {
        throw Error("DISPOSED", "Expected a head in use but it was disposed");
    }
    return head;
}

// setRows(weights: Float32Array (n, d), n): Promise<void>. The weights are read off-thread: not to be changed
// meanwhile.
Napi::Value HeadBinding::set_rows(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&]() -> Napi::Value {
        const auto head = from(info.This());
        const auto weights = typed_array<float>(info[0], "weights");
        const int n = info[1].ToNumber().Int32Value();
        if (n < 0 ||
            weights.ElementLength() != static_cast<size_t>(n) * static_cast<size_t>(head->dimension())) {
            throw Error("INVALID_ARGUMENT", "Expected n × d weights for the head's rows");
        }
        const float * rows = weights.Data();
        PromiseWorker<bool>::Options options;
        options.read = std::make_shared<Napi::Reference<Napi::Value>>(Napi::Persistent(Napi::Value(weights)));
        return PromiseWorker<bool>::run(
            info.Env(),
            [head, rows, n] {
                head->set_rows(rows, n);
                return true;
            },
            [](Napi::Env env, bool &) { return env.Undefined(); }, std::move(options));
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
