"""What leaves a machine: a policy that withholds fields, and how withheld ones are disclosed."""
