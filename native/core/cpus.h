// How many CPUs this process may use: affinity, and the quotas of its control groups (containers).
#pragma once

#include <string>

namespace toolken {

// Physical cores that this process may use: more threads than that slow every token down. At least 1.
int cpus_physical();

// Logical CPUs that this process may use. At least 1.
int cpus_usable();

// The number of threads for a request: cpus_physical() for 0 or less, and never more than cpus_usable().
int cpus_for(int requested);

// CPUs that control groups allow, the smallest quota from the process's group up to the root; infinity
// without one. `memberships` is /proc/self/cgroup, `mount` where control groups are mounted (/sys/fs/cgroup);
// versions 1, 2.
double cgroup_cpus(const std::string & memberships, const std::string & mount);

} // namespace toolken
