// The core on a real model, without Node, so that sanitizers see it: heads in the graph and on the host,
// batches, roll back, grammar, the feature pass. The model's path is in TOOLKEN_TEST_MODEL, the folder of
// ggml's backends in TOOLKEN_TEST_BACKENDS; without them the test is skipped (exit code 77).

#include "core/ahead.h"
#include "core/backend.h"
#include "core/context.h"
#include "core/features.h"

#include "ggml-backend.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <limits>
#include <thread>

namespace {

using namespace toolken;

int passed = 0;
int failed = 0;

void check(bool condition, const char * what) {
    ++(condition ? passed : failed);
    if (!condition) {
        std::printf("FAILED: %s\n", what);
    }
}

void check_error(const char * code, const char * what, const std::function<void()> & call) {
    try {
        call();
        check(false, what);
    } catch (const Error & error) {
        check(error.code() == code, what);
    }
}

Batch batch_of(const std::vector<llama_token> & tokens, llama_seq_id sequence, llama_pos from) {
    Batch batch;
    for (const auto token : tokens) {
        batch.tokens.push_back(token);
        batch.positions.push_back(from++);
        batch.sequences.push_back(sequence);
    }
    return batch;
}

OutputRequest request_at(size_t index) {
    OutputRequest request;
    request.index = static_cast<int>(index);
    request.top = 20;
    return request;
}

HeadPtr make_head(int dimension, int tools, const char * type) {
    std::vector<float> weights(static_cast<size_t>(tools) * static_cast<size_t>(dimension));
    uint32_t state = 7;
    for (float & w : weights) {
        state = state * 1664525U + 1013904223U;
        w = (static_cast<float>(state >> 8U) / 8388608.0F - 1.0F) * 0.1F;
    }
    auto head = std::make_shared<Head>(dimension, tools + 5, type);
    head->set_rows(weights.data(), tools);
    return head;
}

void test_graph_against_host(const ModelPtr & model, const char * type) {
    const auto tokens = model->tokenize("12+30=", model->facts().adds_bos, false);
    const auto cancel = std::make_shared<CancelFlag>();
    constexpr int TOOLS = 40;
    Candidates results[2];
    for (const bool in_graph : {true, false}) {
        ContextOptions options;
        options.n_ctx = 128;
        options.hidden_states = !in_graph;
        options.n_threads = 1;
        Context context(model, options);
        const auto head = make_head(model->facts().n_embd, TOOLS, type);
        check(context.attach_head(head, {0}, 10, 4, in_graph) == in_graph,
              "the head is where it was asked to be");
        std::vector<float> bias(TOOLS, 0.5F);
        bias[3] = -std::numeric_limits<float>::infinity();
        context.set_bias(0, bias);
        results[in_graph ? 0 : 1] =
            context.decode(batch_of(tokens, 0, 0), {request_at(tokens.size() - 1)}, cancel)[0].candidates;
    }
    check(results[0].ids.size() == 14 && results[1].ids.size() == 14, "ten tokens and four tools came back");
    for (size_t i = 0; i < results[0].ids.size(); ++i) {
        check(std::abs(results[0].logits[i] - results[1].logits[i]) < 0.1F, "logits agree");
        check(std::abs(results[0].probs[i] - results[1].probs[i]) < 0.02F, "probabilities agree");
        check(results[0].ids[i] != model->facts().n_vocab + 3, "a tool with bias -infinity stays away");
    }
}

// Every output of a batch has what its sequence gets alone from the slow path: the hidden state, and the
// head's rows one by one on the host.
void test_batches(const ModelPtr & model, const char * type, bool unified) {
    const auto cancel = std::make_shared<CancelFlag>();
    constexpr int SEQUENCES = 5;
    constexpr int TOOLS = 700;
    // ggml rounds the hidden state to q8_0 too.
    const float tolerance = std::string(type) == "q8_0" ? 0.3F : 0.1F;
    const auto head = make_head(model->facts().n_embd, TOOLS, type);
    const std::vector<std::string> texts = {"one two three", "the capital of France is", "a",
                                            "12+30=", "once upon a time there was"};
    ContextOptions options;
    options.n_ctx = 640;
    options.n_sequences = SEQUENCES;
    options.n_threads = 2;
    options.kv_unified = unified;
    Context context(model, options);
    options.hidden_states = true;
    Context slow(model, options);
    // Sequence 3 has no head, 4 another one.
    const auto other = make_head(model->facts().n_embd, 3, "f32");
    for (auto * each : {&context, &slow}) {
        each->attach_head(head, {0, 1, 2}, 10, 4, each == &context);
        each->attach_head(other, {4}, 5, 2, each == &context);
        for (llama_seq_id sequence : {0, 1, 2}) {
            std::vector<float> bias(TOOLS, 0.1F * static_cast<float>(sequence));
            bias[static_cast<size_t>(sequence)] = 3;
            each->set_bias(sequence, bias);
        }
        each->set_bias(4, {0, -std::numeric_limits<float>::infinity(), 1});
    }
    std::vector<std::vector<llama_token>> tokens;
    for (const auto & text : texts) {
        tokens.push_back(model->tokenize(text, model->facts().adds_bos, false));
    }
    std::vector<size_t> done(SEQUENCES, 0);
    const auto compare = [&](const std::vector<std::pair<llama_seq_id, size_t>> & members) {
        Batch batch;
        std::vector<OutputRequest> requests;
        std::vector<Output> expected;
        for (const auto & [sequence, count] : members) {
            const auto at = static_cast<size_t>(sequence);
            std::vector<llama_token> part;
            for (size_t i = 0; i < count; ++i) {
                part.push_back(tokens[at][(done[at] + i) % tokens[at].size()]);
            }
            const auto alone = batch_of(part, sequence, static_cast<llama_pos>(done[at]));
            batch.tokens.insert(batch.tokens.end(), alone.tokens.begin(), alone.tokens.end());
            batch.positions.insert(batch.positions.end(), alone.positions.begin(), alone.positions.end());
            batch.sequences.insert(batch.sequences.end(), alone.sequences.begin(), alone.sequences.end());
            requests.push_back(request_at(batch.tokens.size() - 1));
            expected.push_back(slow.decode(alone, {request_at(count - 1)}, cancel)[0]);
            done[at] += count;
        }
        const auto outputs = context.decode(batch, requests, cancel);
        bool close = true;
        for (size_t i = 0; i < outputs.size(); ++i) {
            const auto & found = outputs[i].candidates;
            const auto & wanted = expected[i].candidates;
            close = close && found.ids.size() == wanted.ids.size();
            for (size_t c = 0; close && c < found.ids.size(); ++c) {
                close = std::abs(found.logits[c] - wanted.logits[c]) < tolerance &&
                        std::abs(found.probs[c] - wanted.probs[c]) < 0.02F;
            }
        }
        check(close, "a batch gives each sequence what it gets alone");
    };
    compare({{0, 2}, {1, 3}, {2, 1}, {3, 4}, {4, 2}});
    compare({{0, 1}, {1, 1}, {2, 1}, {3, 1}, {4, 1}});
    compare({{0, 1}, {2, 1}});
    compare({{4, 1}});
    compare({{0, 1}, {1, 1}, {2, 1}});
    compare({{0, 1}, {1, 2}, {2, 1}, {4, 3}});
    check(context.length(1) == slow.length(1) && context.length(4) == slow.length(4),
          "sequences are as long as their batches made them");
}

// A head that grows past the rows in the graph, and shrinks again.
void test_growth(const ModelPtr & model) {
    const auto cancel = std::make_shared<CancelFlag>();
    const int d = model->facts().n_embd;
    const auto head = std::make_shared<Head>(d, 3000, "f32");
    const std::vector<float> zeros(3000 * static_cast<size_t>(d), 0.0F);
    const auto tokens = model->tokenize("one two three four", model->facts().adds_bos, false);
    ContextOptions options;
    options.n_ctx = 128;
    options.n_threads = 1;
    Context context(model, options);
    head->set_rows(zeros.data(), 2);
    context.attach_head(head, {0}, 10, 4, true);
    context.set_bias(0, {500, 1});
    for (const int count : {2, 300, 2900, 5}) {
        head->set_rows(zeros.data(), count);
        if (count > 2) {
            std::vector<float> bias(static_cast<size_t>(count), 0.0F);
            bias.back() = 600;
            context.set_bias(0, bias);
        }
        const auto position = context.length(0);
        const auto found = context.decode(batch_of({tokens[1]}, 0, position), {request_at(0)}, cancel)[0];
        const int best = count > 2 ? count - 1 : 0;
        check(found.candidates.ids[0] == model->facts().n_vocab + best, "the graph follows the head's rows");
        const auto tools = std::count_if(found.candidates.ids.begin(), found.candidates.ids.end(),
                                         [&](auto id) { return id >= model->facts().n_vocab; });
        check(tools == std::min(count, 4), "as many tools as there are, at most as asked for");
    }
}

// A graph as llama.cpp hands it over, from an architecture that names no `result_norm`.
void test_without_hidden_state() {
    const auto head = make_head(32, 8, "f32");
    const auto sampler = head_sampler_create(head_graph_create(head, 4, 2, false));
    auto * inner = llama_sampler_chain_get(sampler->chain.get(), 0);
    inner->iface->backend_init(inner, ggml_backend_cpu_buffer_type(), 1);
    for (const bool named : {true, false}) {
        ggml_init_params params{64 * ggml_tensor_overhead() + ggml_graph_overhead(), nullptr, true};
        const std::unique_ptr<ggml_context, void (*)(ggml_context *)> ctx(ggml_init(params), ggml_free);
        auto * graph = ggml_new_graph(ctx.get());
        auto * input = ggml_new_tensor_2d(ctx.get(), GGML_TYPE_F32, 32, 2);
        auto * norm = ggml_rms_norm(ctx.get(), input, 1e-5F);
        ggml_set_name(norm, named ? "result_norm" : "another");
        auto * output = ggml_new_tensor_2d(ctx.get(), GGML_TYPE_F32, 32, 100);
        auto * logits = ggml_mul_mat(ctx.get(), output, norm);
        ggml_build_forward_expand(graph, logits);
        auto * padded = ggml_pad(ctx.get(), logits, 0, 1, 0, 0);
        llama_sampler_data data{ggml_view_1d(ctx.get(), padded, 100, padded->nb[1]), nullptr, nullptr,
                                nullptr};
        inner->iface->backend_reset(inner);
        inner->iface->backend_apply(inner, ctx.get(), graph, &data);
        check(sampler->shared->has_hidden_states == named, "a graph without result_norm is noticed");
        check(sampler->row == 1 && sampler->product->ne[1] == 2, "one product for all outputs");
    }
}

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
    check(shared.candidates.ids[0] == whole.candidates.ids[0], "behind a shared prefix the same follows");
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

bool same_candidates(const Output & a, const Output & b) {
    return a.candidates.ids == b.candidates.ids && a.candidates.logits == b.candidates.logits &&
           a.candidates.probs == b.candidates.probs;
}

// A caller that goes another way than expected now and then, at any moment of the step ahead, beside the same
// decodes without anything ahead: every output is the same to the last bit.
// `other` is the same model with threads of its own: those of one model compute one graph at a time.
void test_ahead(const ModelPtr & model, const ModelPtr & other) {
    const auto cancel = std::make_shared<CancelFlag>();
    const auto prompt = model->tokenize("one two three", model->facts().adds_bos, false);
    ContextOptions options;
    options.n_ctx = 256;
    options.n_sequences = 2;
    options.n_threads = 1;
    Context plain(other, options);
    Context ahead_context(model, options);
    AheadDecoder ahead(ahead_context, {});
    const auto head = make_head(model->facts().n_embd, 5, "f32");
    for (auto * context : {&plain, &ahead_context}) {
        context->attach_head(head, {0, 1}, 10, 4, true);
    }
    uint32_t random = 3;
    const auto die = [&random](uint32_t sides) {
        random = random * 1664525U + 1013904223U;
        return (random >> 8U) % sides;
    };
    const auto both = [&](const Batch & batch, std::vector<OutputRequest> requests) {
        const auto expected = plain.decode(batch, requests, cancel);
        for (auto & request : requests) {
            request.ahead = true;
        }
        const auto outputs = ahead.decode(batch, requests, cancel);
        for (size_t i = 0; i < outputs.size(); ++i) {
            check(same_candidates(outputs[i], expected[i]), "a step ahead gives what the step gives");
        }
        return outputs;
    };
    std::vector<llama_token> next;
    for (const llama_seq_id sequence : {0, 1}) {
        const auto outputs = both(batch_of(prompt, sequence, 0), {request_at(prompt.size() - 1)});
        next.push_back(outputs[0].candidates.ids[0]);
    }
    for (int n = 0; n < 80; ++n) {
        std::this_thread::sleep_for(std::chrono::microseconds(die(4) * 300));
        if (die(8) == 0) {
            ahead.settle();
            check(ahead_context.length(0) == plain.length(0) && ahead_context.length(1) == plain.length(1),
                  "settled, a context holds what its caller knows");
            const auto shorter = plain.length(0) - 1;
            plain.roll_back(0, shorter);
            ahead_context.roll_back(0, shorter);
        }
        Batch batch;
        std::vector<OutputRequest> requests;
        for (const llama_seq_id sequence : {0, 1}) {
            if (sequence == 1 && die(8) == 0) {
                continue;
            }
            const auto at = static_cast<size_t>(sequence);
            const bool unexpected = die(6) == 0 || next[at] >= model->facts().n_vocab;
            batch.tokens.push_back(unexpected ? prompt[1] : next[at]);
            batch.positions.push_back(plain.length(sequence));
            batch.sequences.push_back(sequence);
            requests.push_back(request_at(requests.size()));
        }
        const auto outputs = both(batch, requests);
        for (size_t i = 0; i < outputs.size(); ++i) {
            next[static_cast<size_t>(batch.sequences[i])] = outputs[i].candidates.ids[0];
        }
    }
    // Waiting for a step ahead can be given up.
    ahead.settle();
    auto request = request_at(0);
    request.ahead = true;
    const auto first = ahead.decode(batch_of({prompt[1]}, 0, ahead_context.length(0)), {request}, cancel)[0]
                           .candidates.ids[0];
    const auto position = plain.length(0) + 1;
    cancel->cancel();
    try {
        ahead.decode(batch_of({first}, 0, position), {request}, cancel);
    } catch (const Error & error) {
        check(error.code() == "ABORTED", "a decode that was given up says so");
    }
    ahead.settle();
    check(ahead_context.length(0) >= position && ahead_context.length(0) <= position + 1,
          "nothing stays behind of a decode that was given up");
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
    const char * path = std::getenv("TOOLKEN_TEST_MODEL");
    const char * backends = std::getenv("TOOLKEN_TEST_BACKENDS");
    if (path == nullptr || backends == nullptr) {
        std::printf("skipped: TOOLKEN_TEST_MODEL and TOOLKEN_TEST_BACKENDS are not set\n");
        return 77;
    }
    toolken::backend_load({backends});
    check_error("MODEL_LOAD_FAILED", "a file that is no model", [&] {
        toolken::ModelOptions none;
        none.path = "/dev/null";
        Model::load(none, std::make_shared<CancelFlag>(), {});
    });
    toolken::ModelOptions options;
    options.path = path;
    options.gpu = "cpu";
    {
        const auto model = Model::load(options, std::make_shared<CancelFlag>(), {});
        for (const char * type : {"f32", "f16", "bf16", "q8_0"}) {
            test_graph_against_host(model, type);
        }
        for (const char * type : {"f32", "f16", "q8_0"}) {
            for (const bool unified : {true, false}) {
                test_batches(model, type, unified);
            }
        }
        test_growth(model);
        test_without_hidden_state();
        test_sequences(model);
        test_ahead(model, Model::load(options, std::make_shared<CancelFlag>(), {}));
        test_grammar(model);
        test_features(model);
    }
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
