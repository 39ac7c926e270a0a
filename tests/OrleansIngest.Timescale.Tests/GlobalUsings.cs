global using Xunit;

// One machine, one database server: classes that measure or break something would disturb each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
