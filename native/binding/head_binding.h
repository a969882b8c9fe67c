// JavaScript's side of a head's rows on their way to the device.
#pragma once

#include "../core/head.h"

#include <napi.h>

namespace toolken {

class HeadBinding : public Napi::ObjectWrap<HeadBinding> {
  public:
    static Napi::Function define(Napi::Env env);
    static HeadPtr from(const Napi::Value & value);

    // new Head(dimension, capacity, type)
    explicit HeadBinding(const Napi::CallbackInfo & info);

  private:
    void set_rows(const Napi::CallbackInfo & info);
    Napi::Value bytes(const Napi::CallbackInfo & info);
    void dispose(const Napi::CallbackInfo & info);

    HeadPtr head_;
};

} // namespace toolken
