/*
 * The program under measurement: started on a CPU of its own, and what it and all that it starts
 * use. It leads a process group, by which its children are found. Source: proc(5).
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* Runs `argv` on `cpu` (-1: on any), its output into `log`. Does not return on failure. */
pid_t program_start(char *const *argv, int cpu, const char *log);

/* CPU time that the living processes of the group have used, user and system. */
int64_t program_cpu_ns(pid_t group);

/* The most memory each of them had at once (VmHWM), added up: what they share counts each time. */
int64_t program_peak_kib(pid_t group);

/* Ends the group and waits for its leader. */
void program_end(pid_t group);
