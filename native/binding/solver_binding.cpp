#include "solver_binding.h"

#include "../core/adam.h"
#include "../core/cpus.h"
#include "../core/lbfgs.h"
#include "arrays.h"
#include "cancel_binding.h"
#include "promise_worker.h"

namespace toolken {

namespace {

// The arrays stay JavaScript's (h may be gigabytes): they are pinned while the solver reads them.
struct Pinned {
    std::vector<Napi::Reference<Napi::Value>> references;
    std::vector<int32_t> target; // copied: JavaScript may write to its array, and targets are indices
    std::vector<int32_t> candidate_start, candidates; // copied likewise
    HeadProblem problem;
    const float * prior = nullptr;
    const float * start = nullptr;

    template <typename T>
    const T * pin(const Napi::Object & object, const char * key, size_t length, bool required) {
        const auto value = object.Get(key);
        if (value.IsUndefined() && !required) {
            return nullptr;
        }
        const auto array = typed_array<T>(value, key);
        if (array.ElementLength() != length) {
            throw Error("INVALID_ARGUMENT", std::string("Expected ") + std::to_string(length) +
                                                " values for " + key + " but received " +
                                                std::to_string(array.ElementLength()));
        }
        references.push_back(Napi::Persistent(Napi::Value(array)));
        return array.Data();
    }
};

std::shared_ptr<Pinned> read_problem(const Napi::Object & given) {
    auto pinned = std::make_shared<Pinned>();
    auto & problem = pinned->problem;
    problem.dimension = static_cast<size_t>(to_int(given, "dimension", 0));
    problem.tools = static_cast<size_t>(to_int(given, "tools", 0));
    pinned->target = to_vector<int32_t>(given.Get("target"), "target");
    problem.target = pinned->target.data();
    problem.steps = pinned->target.size();
    const auto rows = problem.tools * problem.dimension;
    problem.hidden = pinned->pin<float>(given, "h", problem.steps * problem.dimension, true);
    problem.log_sum_exp = pinned->pin<float>(given, "lse", problem.steps, false);
    problem.target_logit = pinned->pin<float>(given, "targetLogit", problem.steps, false);
    if (!given.Get("candidates").IsUndefined()) {
        pinned->candidate_start = to_vector<int32_t>(given.Get("candidateStart"), "candidateStart");
        pinned->candidates = to_vector<int32_t>(given.Get("candidates"), "candidates");
        if (pinned->candidate_start.size() != problem.steps + 1 ||
            pinned->candidate_start.back() != static_cast<int32_t>(pinned->candidates.size())) {
            throw Error("INVALID_ARGUMENT", "Expected a start of candidates for every step, and their end");
        }
        // An empty vector may have no address, and null would mean every tool.
        pinned->candidates.reserve(1);
        problem.candidate_start = pinned->candidate_start.data();
        problem.candidates = pinned->candidates.data();
    }
    problem.weight = pinned->pin<float>(given, "weights", problem.steps, false);
    problem.bias = pinned->pin<float>(given, "bias", problem.tools, false);
    pinned->prior = pinned->pin<float>(given, "prior", rows, false);
    pinned->start = pinned->pin<float>(given, "start", rows, false);
    return pinned;
}

double to_double(const Napi::Object & object, const char * key) {
    return object.Get(key).ToNumber().DoubleValue();
}

std::function<SolverResult(const Pinned &, const SolverRun &)> read_method(const Napi::Object & given) {
    if (given.Get("method").ToString().Utf8Value() == "adam") {
        AdamOptions options;
        options.learning_rate = to_double(given, "learningRate");
        options.epochs = static_cast<size_t>(to_int(given, "epochs", 3));
        options.batch_size = static_cast<size_t>(to_int(given, "batchSize", 64));
        options.seed = static_cast<uint64_t>(given.Get("seed").ToNumber().Int64Value());
        options.weight_decay = to_double(given, "weightDecay");
        return [options](const Pinned & pinned, const SolverRun & run) {
            auto with = options;
            with.prior = pinned.prior;
            with.start = pinned.start;
            return solve_adam(pinned.problem, with, run);
        };
    }
    LbfgsOptions options;
    options.l2 = to_double(given, "l2");
    options.max_iterations = static_cast<size_t>(to_int(given, "maxIterations", 200));
    options.gradient_tolerance = to_double(given, "tolerance");
    return [options](const Pinned & pinned, const SolverRun & run) {
        auto with = options;
        with.prior = pinned.prior;
        with.start = pinned.start;
        return solve_lbfgs(pinned.problem, with, run);
    };
}

void throw_status(const SolverResult & result) {
    switch (result.status) {
    case SolverStatus::ok:
        return;
    case SolverStatus::cancelled:
        throw Error("ABORTED", "The operation was aborted");
    case SolverStatus::out_of_memory:
        throw Error("INTERNAL", "Expected memory for the solver: " + result.message);
    default:
        throw Error("INVALID_ARGUMENT", result.message);
    }
}

} // namespace

Napi::Value solve(const Napi::CallbackInfo & info) {
    return guard(info.Env(), [&]() -> Napi::Value {
        const auto pinned = read_problem(to_object(info[0], "problem"));
        const auto given = to_object(info[1], "options");
        const auto method = read_method(given);
        const int threads = to_int(given, "threads", 0);
        const auto cancel = CancelBinding::from(info[2]);
        auto progress = std::make_shared<ProgressFunction>(info.Env(), info[3]);
        return PromiseWorker<SolverResult>::run(
            info.Env(),
            [problem = pinned.get(), method, threads, cancel, progress] {
                SolverRun run;
                run.threads = cpus_for(threads);
                run.cancel = &cancel->raw();
                run.progress = [progress](const SolverProgress & at) {
                    (*progress)(at.iteration, at.loss, at.gradient_norm);
                };
                auto result = method(*problem, run);
                throw_status(result);
                return result;
            },
            [](Napi::Env env, SolverResult & result) -> Napi::Value {
                auto object = Napi::Object::New(env);
                object.Set("weights", to_typed_array(env, result.weights));
                object.Set("loss", result.loss);
                object.Set("gradientNorm", result.gradient_norm);
                object.Set("iterations", static_cast<double>(result.iterations));
                object.Set("evaluations", static_cast<double>(result.evaluations));
                object.Set("converged", result.converged);
                return object;
            },
            {cancel, progress, pinned});
    });
}

} // namespace toolken
