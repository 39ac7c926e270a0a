// Timing is part of what is tested.
[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]
