// Steps that are decoded ahead.
#include "core/ahead.h"
#include "model_test.h"

#include <chrono>
#include <thread>

using namespace toolken;

namespace {

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
          "nothing is left of a decode that was given up");
}

} // namespace

int main() {
    return run_with_model([](const ModelPtr & model) { test_ahead(model, load_test_model()); });
}
