"""What ``screen doctor`` looks at: one module a topic, each returns rows and changes nothing."""
