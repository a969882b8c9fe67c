// Sequences, grammars and the feature pass on a model.
#include "core/features.h"
#include "model_test.h"

#include <filesystem>

using namespace toolken;

namespace {

void test_sequences(const ModelPtr & model) {
    const auto cancel = std::make_shared<CancelFlag>();
    const auto tokens = model->tokenize("one two three four five", model->facts().adds_bos, false);
    ContextOptions options;
    options.n_ctx = 128;
    options.n_sequences = 2;
    options.n_threads = 1;
    Context context(model, options);
    const auto whole = context.decode(batch_of(tokens, 0, 0), {request_at(tokens.size() - 1)}, cancel)[0];
    context.share_prefix(0, 1, 2);
    check(context.length(1) == 2, "a prefix is shared");
    const std::vector<llama_token> rest(tokens.begin() + 2, tokens.end());
    const auto shared = context.decode(batch_of(rest, 1, 2), {request_at(rest.size() - 1)}, cancel)[0];
    check(shared.candidates.ids[0] == whole.candidates.ids[0], "after a shared prefix the same follows");
    context.roll_back(0, 3);
    check(context.length(0) == 3, "rolled back");
    check_error("INVALID_ARGUMENT", "a gap in the positions",
                [&] { context.decode(batch_of(rest, 0, 9), {}, cancel); });
    check_error("INVALID_ARGUMENT", "an unknown token",
                [&] { context.decode(batch_of({model->facts().n_vocab}, 0, 3), {}, cancel); });
    check_error("INVALID_ARGUMENT", "an unknown sequence",
                [&] { context.decode(batch_of(rest, 2, 0), {}, cancel); });
    cancel->cancel();
    check_error("ABORTED", "a cancelled decode", [&] { context.decode(batch_of(rest, 0, 3), {}, cancel); });
}

// Numbers of threads change at any step: a batch-invariant context gives the same bits with each.
void test_thread_invariance(const ModelPtr & model) {
    const auto cancel = std::make_shared<CancelFlag>();
    std::vector<llama_token> tokens;
    while (tokens.size() < 700) {
        const auto part = model->tokenize("one two three four five six ", false, false);
        tokens.insert(tokens.end(), part.begin(), part.end());
    }
    std::vector<std::vector<float>> logits;
    for (const int threads : {1, 2}) {
        ContextOptions options;
        options.n_ctx = 1024;
        options.n_batch = 1024;
        options.n_threads = threads;
        options.kv_unified = false;
        options.batch_invariant = true;
        Context context(model, options);
        context.decode(batch_of(tokens, 0, 0), {}, cancel);
        auto request = request_at(0);
        request.logits = true;
        const auto position = static_cast<llama_pos>(tokens.size());
        logits.push_back(context.decode(batch_of({tokens[0]}, 0, position), {request}, cancel)[0].logits);
    }
    check(logits[0] == logits[1], "one thread and two give the same bits");
}

void test_grammar(const ModelPtr & model) {
    check_error("GRAMMAR_INVALID", "a broken grammar", [&] { Grammar(model, "root ::= (", "root"); });
    const auto cancel = std::make_shared<CancelFlag>();
    const auto tokens = model->tokenize("The answer is", model->facts().adds_bos, false);
    ContextOptions options;
    options.n_ctx = 64;
    options.n_threads = 1;
    Context context(model, options);
    Grammar grammar(model, "root ::= [0-9] [0-9] \")\"", "root");
    auto batch = batch_of(tokens, 0, 0);
    std::string text;
    for (int n = 0; n < 8 && !grammar.complete(); ++n) {
        auto request = request_at(batch.tokens.size() - 1);
        request.grammar = grammar.clone();
        const auto token = context.decode(batch, {request}, cancel)[0].candidates.ids[0];
        text += model->piece(token, false);
        grammar.accept(token);
        batch = batch_of({token}, 0, context.length(0));
    }
    check(text.size() == 3 && text[2] == ')', "the grammar is followed to its end");
}

void test_features(const ModelPtr & model) {
    const auto path = (std::filesystem::temp_directory_path() / "toolken-test-features.safetensors").string();
    FeatureInput input;
    input.prefix = model->tokenize("Some examples come first.\n", model->facts().adds_bos, false);
    input.offsets = {0};
    for (const char * text : {"a text of its own", "another one", "1+1=2"}) {
        for (const auto token : model->tokenize(text, false, false)) {
            input.tokens.push_back(token);
            input.targets.push_back(input.tokens.size() % 3 == 0 ? -1 : token);
        }
        input.offsets.push_back(static_cast<int64_t>(input.tokens.size()));
    }
    input.path = path;
    input.metadata = "{}";
    input.n_batch = 64;
    input.n_threads = 2;
    input.top_tokens = 4;
    const auto cancel = std::make_shared<CancelFlag>();
    const auto counts = features_extract(model, input, cancel, [](int64_t, int64_t) {});
    check(counts.texts == 3 && counts.steps > 0, "every wanted step became a row");
    check(std::filesystem::file_size(path) >
              static_cast<uintmax_t>(counts.steps) * 4U * static_cast<uintmax_t>(model->facts().n_embd),
          "the file holds the hidden states");
    cancel->cancel();
    check_error("ABORTED", "a cancelled feature pass",
                [&] { features_extract(model, input, cancel, [](int64_t, int64_t) {}); });
    input.path = "/nowhere/features.safetensors";
    check_error("IO", "a folder that does not exist", [&] {
        features_extract(model, input, std::make_shared<CancelFlag>(), [](int64_t, int64_t) {});
    });
    std::filesystem::remove(path);
}

} // namespace

int main() {
    return run_with_model([](const ModelPtr & model) {
        check_error("MODEL_LOAD_FAILED", "a file that is not a model", [] {
            ModelOptions none;
            none.path = "/dev/null";
            Model::load(none, std::make_shared<CancelFlag>(), {});
        });
        test_sequences(model);
        test_thread_invariance(model);
        test_grammar(model);
        test_features(model);
    });
}
