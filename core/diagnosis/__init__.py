"""Diagnosis: rules that read findings from a record, and remedies that change the experiment. Pure."""
