// JavaScript's side of a cancel flag: `new Cancel()`, `cancel()`.
#pragma once

#include "../core/cancel.h"

#include <napi.h>

namespace toolken {

class CancelBinding : public Napi::ObjectWrap<CancelBinding> {
  public:
    static Napi::Function define(Napi::Env env) {
        return DefineClass(env, "Cancel", {InstanceMethod("cancel", &CancelBinding::cancel)});
    }

    explicit CancelBinding(const Napi::CallbackInfo & info)
        : Napi::ObjectWrap<CancelBinding>(info), flag_(std::make_shared<CancelFlag>()) {}

    // The flag of a JavaScript value, or one that nobody cancels.
    static CancelFlagPtr from(const Napi::Value & value) {
        return value.IsObject() ? Unwrap(value.As<Napi::Object>())->flag_ : std::make_shared<CancelFlag>();
    }

  private:
    void cancel(const Napi::CallbackInfo &) { flag_->cancel(); }

    CancelFlagPtr flag_;
};

} // namespace toolken
