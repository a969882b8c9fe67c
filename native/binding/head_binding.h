// JavaScript's side of a head's rows on their way to the device.
#pragma once

#include "../core/head.h"

#include <napi.h>

namespace toolken {

class HeadBinding : public Napi::ObjectWrap<HeadBinding> {
  public:
    static constexpr napi_type_tag TYPE_TAG = {0x4d0c6f4be3a24a11, 0x9a4c6d0f5e2b7c04};
    static constexpr const char * WHAT = "head";

    static Napi::Function define(Napi::Env env);
    static HeadPtr from(const Napi::Value & value);

    // new Head(dimension, capacity, type)
    explicit HeadBinding(const Napi::CallbackInfo & info);

  private:
    Napi::Value set_rows(const Napi::CallbackInfo & info);
    Napi::Value bytes(const Napi::CallbackInfo & info);
    void dispose(const Napi::CallbackInfo & info);

    HeadPtr head_;
};

} // namespace toolken
