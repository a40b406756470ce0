//! The drop-in executable `rsql`. All of it is `rsql_client::program`; this is the process around it.

/// Two threads: one runs the script, and one still hears signals while the first is blocked writing to a slow pipe.
const THREADS: usize = 2;

fn main() {
    let arguments = std::env::args_os().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build();
    let code = match runtime {
        Ok(runtime) => runtime.block_on(rsql_client::program::run(arguments)),
        Err(error) => {
            eprintln!("rsql: error: could not start: {error}");
            rsql_client::exit_codes::FAILURE
        }
    };
    std::process::exit(code);
}
