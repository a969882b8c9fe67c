// Heads in the graph against heads on the host, in batches, growing.
#include "core/context.h"
#include "model_test.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace toolken;

namespace {

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

} // namespace

int main() {
    return run_with_model([](const ModelPtr & model) {
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
    });
}
