// Times solve_lbfgs on the files of problem.py; prints one JSON line. Usage: solver_bench PREFIX d K threads
// l2
#include "core/lbfgs.h"
#include "core/softmax_kernels.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

namespace {

template <class T> std::vector<T> read_all(const std::string & path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    std::vector<T> values(file ? static_cast<std::size_t>(file.tellg()) / sizeof(T) : 0);
    file.seekg(0);
    file.read(reinterpret_cast<char *>(values.data()),
              static_cast<std::streamsize>(values.size() * sizeof(T)));
    if (!file) {
        std::fprintf(stderr, "cannot read %s\n", path.c_str());
        std::exit(1);
    }
    return values;
}

} // namespace

int main(int argc, char ** argv) {
    if (argc != 6) {
        std::fprintf(stderr, "usage: solver_bench PREFIX d K threads l2\n");
        return 2;
    }
    const std::string prefix = argv[1];
    const auto hidden = read_all<float>(prefix + ".h"), lse = read_all<float>(prefix + ".lse"),
               target_logit = read_all<float>(prefix + ".y");
    const auto target = read_all<std::int32_t>(prefix + ".target");
    toolken::HeadProblem problem;
    problem.steps = target.size();
    problem.dimension = std::strtoul(argv[2], nullptr, 10);
    problem.tools = std::strtoul(argv[3], nullptr, 10);
    problem.hidden = hidden.data();
    problem.log_sum_exp = lse.data();
    problem.target = target.data();
    problem.target_logit = target_logit.data();
    toolken::LbfgsOptions options;
    options.l2 = std::strtod(argv[5], nullptr);
    toolken::SolverRun run;
    run.threads = std::atoi(argv[4]);

    const auto start = std::chrono::steady_clock::now();
    const std::clock_t busy = std::clock();
    const toolken::SolverResult result = toolken::solve_lbfgs(problem, options, run);
    const double processor = static_cast<double>(std::clock() - busy) / CLOCKS_PER_SEC;
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    if (result.status != toolken::SolverStatus::ok) {
        std::fprintf(stderr, "%s\n", result.message.c_str());
        return 1;
    }
    std::printf("{\"loss\": %.9f, \"iterations\": %zu, \"evaluations\": %zu, \"converged\": %s, "
                "\"seconds\": %.3f, \"processorSeconds\": %.3f, \"kernels\": \"%s\"}\n",
                result.loss, result.iterations, result.evaluations, result.converged ? "true" : "false",
                seconds.count(), processor, toolken::softmax_kernels().name);
    return 0;
}
