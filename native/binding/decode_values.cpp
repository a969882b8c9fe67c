#include "decode_values.h"

#include "arrays.h"
#include "grammar_binding.h"

#include <utility>

namespace toolken {

namespace {

Napi::Value to_js_output(Napi::Env env, const Output & output) {
    auto object = Napi::Object::New(env);
    object.Set("ids", to_typed_array(env, output.candidates.ids));
    object.Set("logits", to_typed_array(env, output.candidates.logits));
    object.Set("probs", to_typed_array(env, output.candidates.probs));
    if (!output.hidden_state.empty()) {
        object.Set("hiddenState", to_typed_array(env, output.hidden_state));
    }
    if (!output.logits.empty()) {
        object.Set("allLogits", to_typed_array(env, output.logits));
    }
    return object;
}

} // namespace

std::vector<OutputRequest> to_requests(const Napi::Value & value) {
    std::vector<OutputRequest> requests;
    if (!value.IsArray()) {
        throw Error("INVALID_ARGUMENT", "Expected an array for requests but received another value");
    }
    const auto given = value.As<Napi::Array>();
    for (uint32_t i = 0; i < given.Length(); ++i) {
        const auto object = to_object(given.Get(i), "a request");
        OutputRequest request;
        request.index = to_int(object, "index", -1);
        request.top = to_int(object, "top", 0);
        request.hidden_state = to_bool(object, "hiddenState", false);
        request.logits = to_bool(object, "logits", false);
        request.ahead = to_bool(object, "ahead", false);
        if (!object.Get("grammar").IsUndefined()) {
            request.grammar = GrammarBinding::snapshot(object.Get("grammar"));
        }
        requests.push_back(std::move(request));
    }
    return requests;
}

Napi::Value to_js_outputs(Napi::Env env, const std::vector<Output> & outputs) {
    auto array = Napi::Array::New(env, outputs.size());
    for (uint32_t i = 0; i < outputs.size(); ++i) {
        array.Set(i, to_js_output(env, outputs[i]));
    }
    return array;
}

} // namespace toolken
