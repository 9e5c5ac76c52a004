using Xunit;

namespace SspNative.Tests.Support;

/// <summary>
/// Tests that end processes at chosen moments and look at what the others do. They run when no other test does: a busy machine has an order of its own.
/// </summary>
[CollectionDefinition(nameof(ProcessTests), DisableParallelization = true)]
public sealed class ProcessTests;
