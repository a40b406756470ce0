//! Log events, OpenTelemetry traces and metrics of the services. Owns how they leave the process, and how a trace goes on
//! across queues and child processes. Decides nothing about what is recorded.
