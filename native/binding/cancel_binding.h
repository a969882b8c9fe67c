// JavaScript's side of a cancel flag: `new Cancel()`, `cancel()`.
#pragma once

#include "../core/cancel.h"
#include "guard.h"

#include <napi.h>

namespace toolken {

class CancelBinding : public Napi::ObjectWrap<CancelBinding> {
  public:
    static constexpr napi_type_tag TYPE_TAG = {0x4d0c6f4be3a24a11, 0x9a4c6d0f5e2b7c01};
    static constexpr const char * WHAT = "cancel flag";

    static Napi::Function define(Napi::Env env) {
        return DefineClass(env, "Cancel", {InstanceMethod("cancel", &CancelBinding::cancel)});
    }

    explicit CancelBinding(const Napi::CallbackInfo & info)
        : Napi::ObjectWrap<CancelBinding>(info), flag_(std::make_shared<CancelFlag>()) {
        tag<CancelBinding>(info);
    }

    // The flag of a JavaScript value, or one that nobody cancels.
    static CancelFlagPtr from(const Napi::Value & value) {
        return value.IsUndefined() ? std::make_shared<CancelFlag>() : unwrap<CancelBinding>(value).flag_;
    }

  private:
    void cancel(const Napi::CallbackInfo &) { flag_->cancel(); }

    CancelFlagPtr flag_;
};

} // namespace toolken
