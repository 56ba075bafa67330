"""Made-up callers and agents for the demo and the benchmarks: real SIP through SIPp."""
