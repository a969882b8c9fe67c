// JavaScript's side of a grammar and its state.
#pragma once

#include "../core/grammar.h"

#include <napi.h>

namespace toolken {

class GrammarBinding : public Napi::ObjectWrap<GrammarBinding> {
  public:
    static constexpr napi_type_tag TYPE_TAG = {0x4d0c6f4be3a24a11, 0x9a4c6d0f5e2b7c03};
    static constexpr const char * WHAT = "grammar";

    static Napi::Function define(Napi::Env env);
    // A snapshot of the state, for a decode that runs off-thread.
    static std::shared_ptr<const Grammar> snapshot(const Napi::Value & value);

    // new Grammar(model, gbnf, root)
    explicit GrammarBinding(const Napi::CallbackInfo & info);

  private:
    void accept(const Napi::CallbackInfo & info);
    Napi::Value complete(const Napi::CallbackInfo & info);
    Napi::Value draft(const Napi::CallbackInfo & info);
    Napi::Value clone(const Napi::CallbackInfo & info);
    void dispose(const Napi::CallbackInfo & info);
    Grammar & get() const;

    std::shared_ptr<Grammar> grammar_;
};

} // namespace toolken
