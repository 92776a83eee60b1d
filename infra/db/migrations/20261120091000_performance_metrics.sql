-- The users' dashboards read `avg_duration` (milliseconds), as the guide of the system before this one named it.
ALTER VIEW public.performance_metrics RENAME COLUMN avg_duration_ms TO avg_duration;
