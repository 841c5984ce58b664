// The threads on which our operations run.
#ifndef LPIPS_THREADS_H_
#define LPIPS_THREADS_H_

#if defined(__linux__)
#include <sched.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <new>
#include <thread>

namespace lpips {

// Threads that wait for work and share it. A thread started for a single call would begin on the core of its
// caller, and would often not leave it before the call has ended.
//
// The operations of a training step follow each other within microseconds, and to wake a thread takes about
// as long. So whoever waits first looks for a while, and then sleeps, so that other processes get the core.
//
// Linux at times runs such a thread for seconds on the core of the caller, beside one that is idle: it moves
// no thread that ran a moment ago. Then everything takes twice as long. So a thread that finds itself on the
// caller's core leaves it.
class Threads {
 public:
  // The threads of this process. They end with it.
  static Threads& ofProcess() {
    alignas(Threads) static char memory[sizeof(Threads)];
    static Threads* threads = new (memory) Threads;
    return *threads;
  }

  // How many threads share `tasks` tasks. The caller is one of them.
  int64_t countFor(int64_t tasks) const { return std::max<int64_t>(1, std::min(count_, tasks)); }

  // Calls work(task, thread) for every task; whichever thread is free takes the next task.
  // 0 ≤ thread < countFor(tasks). `work` must not throw.
  template <typename Work>
  void run(int64_t tasks, const Work& work) {
    // Unlike std::function, a pointer and a function need no memory.
    const auto call = [](const void* work, int64_t task, int64_t thread) {
      (*static_cast<const Work*>(work))(task, thread);
    };
    Job job = {tasks, countFor(tasks), &work, call};
    if (job.threads == 1) return job.takePart(0);
    std::lock_guard<std::mutex> turn(turn_);
    core_.store(currentCore(), std::memory_order_relaxed);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      job_ = &job;
      hasJob_.store(true, std::memory_order_release);
    }
    wake_.notify_all();
    job.takePart(0);
    hasJob_.store(false, std::memory_order_relaxed);
    lookFor([&] { return job.helpers.load(std::memory_order_acquire) == 0; });
    std::unique_lock<std::mutex> lock(mutex_);
    job_ = nullptr; // A thread that wakes from now on finds no job.
    done_.wait(lock, [&] { return job.helpers == 0; });
  }

 private:
  struct Job {
    const int64_t tasks, threads;
    const void* work;
    void (*call)(const void* work, int64_t task, int64_t thread);
    std::atomic<int64_t> next{0};
    std::atomic<int64_t> helpers{0}; // changed under the lock

    void takePart(int64_t thread) {
      for (int64_t task; (task = next++) < tasks;) call(work, task, thread);
    }
  };

  Threads() {
    const int64_t wanted = std::clamp<int64_t>(std::thread::hardware_concurrency(), 1, kMost);
    try {
      for (; count_ < wanted; count_++) std::thread([this, thread = count_] { help(thread); }).detach();
    } catch (const std::exception&) {
      // The system gives no more threads. Those that have started share the work.
    }
  }

  // Returns as soon as `holds`, or after some tens of microseconds.
  template <typename Holds>
  static void lookFor(const Holds& holds) {
    for (int look = 0; look < kLooks && !holds(); look++) {
#if defined(__x86_64__)
      __builtin_ia32_pause();
#elif defined(__aarch64__)
      asm volatile("yield");
#endif
    }
  }

  void help(int64_t thread) {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      lock.unlock();
      leaveCoreOfCaller();
      lookFor([&] { return hasJob_.load(std::memory_order_acquire); });
      lock.lock();
      wake_.wait(lock, [&] { return job_ && thread < job_->threads && job_->next < job_->tasks; });
      Job& job = *job_;
      job.helpers++;
      lock.unlock();
      leaveCoreOfCaller();
      job.takePart(thread);
      lock.lock();
      hasJob_.store(false, std::memory_order_relaxed); // All its tasks are taken.
      if (--job.helpers == 0) done_.notify_one();
    }
  }

#if defined(__linux__)
  static int currentCore() { return sched_getcpu(); }

  // This thread then stays off that core until the caller comes to another one that it is on.
  void leaveCoreOfCaller() const {
    const int core = core_.load(std::memory_order_relaxed);
    if (core < 0 || core >= CPU_SETSIZE || core != currentCore()) return;
    cpu_set_t allowed; // to the process: by its first thread, which nobody restricts here
    if (sched_getaffinity(getpid(), sizeof allowed, &allowed) != 0) return;
    CPU_CLR(core, &allowed);
    if (CPU_COUNT(&allowed) > 0) sched_setaffinity(0, sizeof allowed, &allowed);
  }
#else
  static int currentCore() { return -1; }
  void leaveCoreOfCaller() const {}
#endif

  static constexpr int64_t kMost = 16;
  static constexpr int kLooks = 1000;
  int64_t count_ = 1; // with the caller
  std::mutex turn_;   // held by the caller whose job it is
  std::mutex mutex_;  // guards job_ and its helpers
  std::condition_variable wake_, done_;
  Job* job_ = nullptr;
  std::atomic<bool> hasJob_{false}; // whether to look at job_
  std::atomic<int> core_{-1};       // of the last caller
};

} // namespace lpips

#endif
