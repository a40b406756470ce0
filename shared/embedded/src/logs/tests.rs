//! Tests of the file logs.
