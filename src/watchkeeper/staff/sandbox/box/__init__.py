"""What separates a submission from the machine it is graded on. Linux only; every layer says when it is not there."""
