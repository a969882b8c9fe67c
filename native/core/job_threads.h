// Threads of our own for long work, shared by the whole process: libuv's few belong to the host program.
#pragma once

#include "cancel.h"

#include <cstddef>
#include <functional>

namespace toolken {

// Runs the job on a thread that is idle, or on a new one, in the order of the calls when all threads are
// taken. The job must not throw. The flag is cancelled when the process exits. Throws RESOURCE_EXHAUSTED.
void run_job(CancelFlagPtr cancel, std::function<void()> job);

// Runs a function on a thread of its own whose stack has at least this many bytes, and waits for it. What the
// function throws is thrown here. Throws RESOURCE_EXHAUSTED when there is no room for such a stack.
void run_on_stack(size_t bytes, const std::function<void()> & function);

// Keeps this library in memory until the process ends, whoever unloads it: threads must still find their
// code.
void keep_library();

// When the process exits, jobs are cancelled and end before what was made so far is torn down: statics of
// libraries are destroyed in reverse order, together with what is registered here.
void guard_exit();

// Whether a job runs or waits, of any environment.
bool jobs_run();

// The process is about to exit with this code: cancels all jobs, and waits a moment for their end. A job may
// make statics of libraries while the exit has begun, and they would be destroyed before what guard_exit
// registered.
void announce_exit(int code);

// The same where nothing comes but the exit: a job that does not end soon is left running by ending the
// process at once, with this code.
void exit_with_jobs(int code);

} // namespace toolken
