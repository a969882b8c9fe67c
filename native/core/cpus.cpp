#include "cpus.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>
#include <thread>
#include <utility>

#if defined(__linux__)
#include <sched.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#endif

namespace toolken {

namespace {

constexpr double NO_QUOTA = std::numeric_limits<double>::infinity();

// "max 100000", "150000 100000"
double quota_v2(const std::filesystem::path & folder) {
    std::string quota;
    double period = 0;
    std::ifstream(folder / "cpu.max") >> quota >> period;
    std::istringstream number(quota);
    double microseconds = 0;
    return number >> microseconds && microseconds > 0 && period > 0 ? microseconds / period : NO_QUOTA;
}

double quota_v1(const std::filesystem::path & folder) {
    double quota = -1;
    double period = 0;
    std::ifstream(folder / "cpu.cfs_quota_us") >> quota;
    std::ifstream(folder / "cpu.cfs_period_us") >> period;
    return quota > 0 && period > 0 ? quota / period : NO_QUOTA;
}

// Within a container the path may be that of the host: what is mounted then is the group itself.
double smallest(const std::filesystem::path & mount, std::string path,
                double (*quota)(const std::filesystem::path &)) {
    double cpus = quota(mount);
    while (path.size() > 1) {
        cpus = std::min(cpus, quota(mount / path.substr(1)));
        path.resize(path.rfind('/') == 0 ? 1 : path.rfind('/'));
    }
    return cpus;
}

} // namespace

double cgroup_cpus(const std::string & memberships, const std::string & mount) {
    double cpus = NO_QUOTA;
    std::ifstream file(memberships);
    // hierarchy:controllers:path, without controllers in version 2
    for (std::string line; std::getline(file, line);) {
        const auto first = line.find(':');
        const auto second = first == std::string::npos ? first : line.find(':', first + 1);
        if (second == std::string::npos || second + 1 >= line.size() || line[second + 1] != '/') {
            continue;
        }
        const auto controllers = line.substr(first + 1, second - first - 1);
        const auto path = line.substr(second + 1);
        if (controllers.empty()) {
            cpus = std::min(cpus, smallest(mount, path, quota_v2));
        } else if (("," + controllers + ",").find(",cpu,") != std::string::npos) {
            for (const auto & folder : {controllers, std::string("cpu")}) {
                cpus = std::min(cpus, smallest(std::filesystem::path(mount) / folder, path, quota_v1));
            }
        }
    }
    return cpus;
}

namespace {

int quota() {
#if defined(__linux__)
    const double cpus = cgroup_cpus("/proc/self/cgroup", "/sys/fs/cgroup");
    return cpus < 1e6 ? std::max(1, static_cast<int>(std::floor(cpus))) : std::numeric_limits<int>::max();
#else
    return std::numeric_limits<int>::max();
#endif
}

} // namespace

int cpus_usable() {
    int cpus = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
#if defined(__linux__)
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0) {
        cpus = std::max(1, CPU_COUNT(&allowed));
    }
#endif
    return std::min(cpus, quota());
}

int cpus_physical() {
    const int usable = cpus_usable();
#if defined(__linux__)
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
        return usable;
    }
    std::set<std::pair<int, int>> cores;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (!CPU_ISSET(cpu, &allowed)) {
            continue;
        }
        const auto topology = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
        int core = -1;
        int package = -1;
        std::ifstream(topology + "core_id") >> core;
        std::ifstream(topology + "physical_package_id") >> package;
        if (core < 0) {
            return usable;
        }
        cores.emplace(package, core);
    }
    return std::min(usable, std::max(1, static_cast<int>(cores.size())));
#elif defined(__APPLE__)
    int cores = 0;
    size_t size = sizeof(cores);
    if (sysctlbyname("hw.perflevel0.physicalcpu", &cores, &size, nullptr, 0) == 0 && cores > 0) {
        return cores;
    }
    return usable;
#else
    return std::max(1, usable / 2);
#endif
}

int cpus_for(int requested) {
    return requested <= 0 ? cpus_physical() : std::min(requested, cpus_usable());
}

} // namespace toolken
