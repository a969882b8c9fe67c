// Quotas of control groups, read from folders that look like theirs; threads that the system does not give;
// stacks.

#include "core/cpus.h"
#include "core/error.h"
#include "core/job_threads.h"
#include "core/text_runs.h"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

using namespace toolken;
namespace fs = std::filesystem;

int passed = 0;
int failed = 0;

void check(bool condition, const char * what) {
    ++(condition ? passed : failed);
    if (!condition) {
        std::printf("FAILED: %s\n", what);
    }
}

void write(const fs::path & path, const std::string & text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
}

double cpus(const fs::path & folder, const std::string & memberships) {
    write(folder / "cgroup", memberships);
    return cgroup_cpus((folder / "cgroup").string(), (folder / "mount").string());
}

void test_quotas(const fs::path & folder) {
    const auto mount = folder / "mount";
    check(std::isinf(cpus(folder, "")), "no groups, no quota");
    check(std::isinf(cpus(folder, "0::/a/b\n")), "a group without files has no quota");
    write(mount / "a/b/cpu.max", "max 100000\n");
    check(std::isinf(cpus(folder, "0::/a/b\n")), "max is no quota");
    write(mount / "a/cpu.max", "250000 100000\n");
    check(cpus(folder, "0::/a/b\n") == 2.5, "the quota of a group above counts");
    write(mount / "a/b/cpu.max", "50000 100000\n");
    check(cpus(folder, "0::/a/b\n") == 0.5, "the smallest quota counts");
    check(cpus(folder, "0::/a\n") == 2.5, "that of a group below does not");
    write(mount / "cpu.max", "150000 100000\n");
    check(cpus(folder, "0::/not/mounted/here\n") == 1.5, "in a container the mounted folder is the group");
    fs::remove(mount / "cpu.max");

    write(mount / "cpu,cpuacct/x/cpu.cfs_quota_us", "400000\n");
    write(mount / "cpu,cpuacct/x/cpu.cfs_period_us", "100000\n");
    check(cpus(folder, "5:memory:/x\n3:cpu,cpuacct:/x\n") == 4, "version 1");
    write(mount / "cpu,cpuacct/x/cpu.cfs_quota_us", "-1\n");
    check(std::isinf(cpus(folder, "3:cpu,cpuacct:/x\n")), "version 1 without a quota");
    check(std::isinf(cpus(folder, "3:cpuset:/x\nnonsense\n::\n")), "other controllers and other lines");

    check(cpus_usable() >= 1 && cpus_physical() >= 1 && cpus_physical() <= cpus_usable(), "this machine");
    check(cpus_for(0) == cpus_physical() && cpus_for(1) == 1 && cpus_for(100'000) == cpus_usable(),
          "never more threads than CPUs");
}

size_t recurse(size_t depth) {
    volatile char frame[256] = {};
    return depth == 0 ? 0 : recurse(depth - 1) + 1 + static_cast<size_t>(frame[depth % 256]);
}

void test_stacks() {
    size_t depth = 0;
    run_on_stack(size_t{256} << 20, [&] { depth = recurse(100'000); });
    check(depth == 100'000, "a stack as large as asked for");
    bool thrown = false;
    try {
        run_on_stack(1 << 20, [] { throw Error("INVALID_ARGUMENT", "no"); });
    } catch (const Error & error) {
        thrown = error.code() == "INVALID_ARGUMENT";
    }
    check(thrown, "an error comes back");
    thrown = false;
    try {
        run_on_stack(size_t{1} << 56, [] {});
    } catch (const Error & error) {
        thrown = error.code() == "RESOURCE_EXHAUSTED";
    }
    check(thrown, "a stack that there is no room for");
}

void test_runs() {
    check(longest_run("") == 0, "no text");
    check(longest_run("the number") == 6, "letters");
    check(longest_run("a     b") == 5, "spaces");
    check(longest_run("ab\xC3\xA9\xC3\xA9 \xC3\xA9") == 7, "other bytes belong to both");
}

} // namespace

int main() {
    const auto folder =
        fs::temp_directory_path() / ("toolken-cpus-" + std::to_string(std::hash<const void *>()(&passed)));
    test_quotas(folder);
    fs::remove_all(folder);
    test_stacks();
    test_runs();
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
