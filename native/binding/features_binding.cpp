#include "features_binding.h"

#include "../core/features.h"
#include "arrays.h"
#include "cancel_binding.h"
#include "model_binding.h"
#include "promise_worker.h"

namespace toolken {

Napi::Value extract_features(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&]() -> Napi::Value {
        const auto model = ModelBinding::from(info[0]);
        const auto given = to_object(info[1], "input");
        auto input = std::make_shared<FeatureInput>();
        input->prefix = to_vector<int32_t>(given.Get("prefix"), "prefix");
        input->tokens = to_vector<int32_t>(given.Get("tokens"), "tokens");
        input->targets = to_vector<int32_t>(given.Get("targets"), "targets");
        for (const auto offset : to_vector<int32_t>(given.Get("offsets"), "offsets")) {
            input->offsets.push_back(offset);
        }
        input->path = given.Get("path").ToString().Utf8Value();
        input->metadata = given.Get("metadata").ToString().Utf8Value();
        input->top_tokens = to_int(given, "topTokens", input->top_tokens);
        input->n_batch = to_int(given, "batchSize", input->n_batch);
        input->n_threads = to_int(given, "threads", input->n_threads);
        const auto cancel = CancelBinding::from(info[2]);
        auto progress = std::make_shared<ProgressFunction>(info.Env(), info[3]);
        return PromiseWorker<FeatureCounts>::run(
            info.Env(),
            [model, input, cancel, progress] {
                return features_extract(model, *input, cancel, [progress](int64_t done, int64_t total) {
                    (*progress)(done, total);
                });
            },
            [](Napi::Env env, FeatureCounts & counts) -> Napi::Value {
                auto object = Napi::Object::New(env);
                object.Set("steps", static_cast<double>(counts.steps));
                object.Set("decodedTokens", static_cast<double>(counts.decoded_tokens));
                object.Set("texts", static_cast<double>(counts.texts));
                return object;
            },
            {cancel, progress, nullptr});
    });
}

} // namespace toolken
