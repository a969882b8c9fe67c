#include "grammar_binding.h"

#include "addon_state.h"
#include "model_binding.h"
#include "promise_worker.h"

namespace toolken {

namespace {

constexpr size_t MAX_DRAFT_BYTES = 160;

} // namespace

Napi::Function GrammarBinding::define(Napi::Env env) {
    return DefineClass(env, "Grammar",
                       {InstanceMethod("accept", &GrammarBinding::accept),
                        InstanceMethod("complete", &GrammarBinding::complete),
                        InstanceMethod("draft", &GrammarBinding::draft),
                        InstanceMethod("clone", &GrammarBinding::clone),
                        InstanceMethod("dispose", &GrammarBinding::dispose)});
}

GrammarBinding::GrammarBinding(const Napi::CallbackInfo & info) : Napi::ObjectWrap<GrammarBinding>(info) {
    guard(info.Env(), [&] {
        tag<GrammarBinding>(info);
        if (info[0].IsExternal()) {
            grammar_ = *info[0].As<Napi::External<std::shared_ptr<Grammar>>>().Data();
            return;
        }
        grammar_ = std::make_shared<Grammar>(ModelBinding::from(info[0]), info[1].ToString().Utf8Value(),
                                             info[2].ToString().Utf8Value());
    });
}

Grammar & GrammarBinding::get() const {
    if (!grammar_) {
        throw Error("DISPOSED", "Expected a grammar in use but it was disposed");
    }
    return *grammar_;
}

std::shared_ptr<const Grammar> GrammarBinding::snapshot(const Napi::Value & value) {
    return unwrap<GrammarBinding>(value).get().clone();
}

void GrammarBinding::accept(const Napi::CallbackInfo & info) {
    guard(info.Env(), [&] { get().accept(info[0].ToNumber().Int32Value()); });
}

Napi::Value GrammarBinding::complete(const Napi::CallbackInfo & info) {
    return guard(info.Env(),
                 [&]() -> Napi::Value { return Napi::Boolean::New(info.Env(), get().complete()); });
}

// draft(spaced, copy?): string
Napi::Value GrammarBinding::draft(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&]() -> Napi::Value {
        std::string text;
        std::optional<std::string_view> copy;
        if (info[1].IsString()) {
            copy = text = info[1].ToString().Utf8Value();
        }
        return Napi::String::New(info.Env(), get().draft(copy, info[0].ToBoolean().Value(), MAX_DRAFT_BYTES));
    });
}

Napi::Value GrammarBinding::clone(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&]() -> Napi::Value {
        std::shared_ptr<Grammar> copy = get().clone();
        return info.Env().GetInstanceData<AddonState>()->grammar.New(
            {Napi::External<std::shared_ptr<Grammar>>::New(info.Env(), &copy)});
    });
}

void GrammarBinding::dispose(const Napi::CallbackInfo &) {
    grammar_.reset();
}

} // namespace toolken
