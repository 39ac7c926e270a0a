// One database server for all.
[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]
