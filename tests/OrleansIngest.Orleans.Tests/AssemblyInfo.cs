// Clusters and brokers share two cores, and timing is part of what is tested.
[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]
