// JavaScript's side of a model: facts and tokenizer.
#pragma once

#include "../core/model.h"

#include <napi.h>

namespace toolken {

class ModelBinding : public Napi::ObjectWrap<ModelBinding> {
  public:
    static constexpr napi_type_tag TYPE_TAG = {0x4d0c6f4be3a24a11, 0x9a4c6d0f5e2b7c05};
    static constexpr const char * WHAT = "model";

    static Napi::Function define(Napi::Env env);
    // loadModel(options, cancel?, progress?): Promise<Model>
    static Napi::Value load(const Napi::CallbackInfo & info);
    static ModelPtr from(const Napi::Value & value);

    explicit ModelBinding(const Napi::CallbackInfo & info);

  private:
    Napi::Value facts(const Napi::CallbackInfo & info);
    Napi::Value tokenize(const Napi::CallbackInfo & info);
    Napi::Value tokenize_async(const Napi::CallbackInfo & info);
    Napi::Value pieces(const Napi::CallbackInfo & info);
    Napi::Value piece(const Napi::CallbackInfo & info);
    Napi::Value flags(const Napi::CallbackInfo & info);
    Napi::Value chat(const Napi::CallbackInfo & info);
    Napi::Value dispose(const Napi::CallbackInfo & info);
    const Model & get() const;

    ModelPtr model_;
};

} // namespace toolken
