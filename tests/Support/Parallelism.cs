using Xunit;

// Every kernel uses all cores, and some tests change the number of threads, which is one for the whole process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
