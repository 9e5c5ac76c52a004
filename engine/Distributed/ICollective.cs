namespace SspNative.Engine.Distributed;

/// <summary>
/// Processes that work on one thing together, its ranks, and what they can do with each other. All ranks call the same members in the same order;
/// sends and receives find each other by rank and tag. It is used from one thread.
/// </summary>
/// <remarks>
/// There are <see cref="SingleProcess"/> and <see cref="MpiCollective"/>, whose tensors are on the processor. <see cref="DeviceCollective"/> adds those of
/// a device.
/// </remarks>
public interface ICollective
{
    /// <summary>Which rank this process is, from 0.</summary>
    int Rank { get; }

    /// <summary>How many ranks there are.</summary>
    int Count { get; }

    /// <summary>What this rank has sent so far.</summary>
    Traffic Sent { get; }

    /// <summary>What every rank gave, by rank. Waits for all.</summary>
    byte[][] AllGather(ReadOnlySpan<byte> own);

    /// <summary>At rank 0 what every rank gave, by rank; elsewhere nothing.</summary>
    byte[][] Gather(byte[] own);

    /// <summary>Begins to send a tensor on the processor, which must stay as it is until that is done.</summary>
    /// <param name="tensor">The tensor; null says that there is none.</param>
    /// <param name="to">The other rank.</param>
    /// <param name="tag">Tells messages between two ranks apart.</param>
    ITransfer Send(Tensor? tensor, int to, int tag);

    /// <summary>Begins to receive a tensor on the processor.</summary>
    /// <param name="tensor">Overwritten by what is sent, which is as large, or nothing.</param>
    /// <param name="from">The other rank.</param>
    /// <param name="tag">As the sender gave it.</param>
    ITransfer Receive(Tensor tensor, int from, int tag);

    /// <summary>Lets what was begun go on; worth a call now and then while something else is computed.</summary>
    void Poll();
}

/// <summary>Something that was begun to be sent or received.</summary>
public interface ITransfer
{
    /// <summary>Waits for its end.</summary>
    /// <returns>Whether a tensor was sent; false if it was null.</returns>
    bool Wait();
}

/// <summary>What went from one rank to the others.</summary>
/// <param name="Messages">How many.</param>
/// <param name="Bytes">How much there was in them.</param>
public readonly record struct Traffic(long Messages, long Bytes)
{
    public static Traffic operator +(Traffic a, Traffic b) => new(a.Messages + b.Messages, a.Bytes + b.Bytes);

    public static Traffic operator -(Traffic a, Traffic b) => new(a.Messages - b.Messages, a.Bytes - b.Bytes);
}

/// <summary>What follows from <see cref="ICollective"/>.</summary>
public static class CollectiveExtensions
{
    /// <summary>Waits until all ranks are here.</summary>
    public static void Barrier(this ICollective ranks) => ranks.AllGather([]);

    /// <summary>Whether something is so at any rank.</summary>
    public static bool Any(this ICollective ranks, bool here) => ranks.Count == 1 ? here : ranks.AllGather([(byte)(here ? 1 : 0)]).Any(r => r[0] != 0);

    /// <summary>What rank 0 gave, at all ranks.</summary>
    public static byte[] FromFirst(this ICollective ranks, ReadOnlySpan<byte> own) => ranks.AllGather(ranks.Rank == 0 ? own : [])[0];

    /// <summary>Makes sure that all ranks were given the same.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="what">What it is.</param>
    /// <param name="hash">A hash of it.</param>
    /// <exception cref="InputException">A rank has something else.</exception>
    public static void RequireSame(this ICollective ranks, string what, string hash) =>
        ranks.RequireSame(hash, (first, other) => first == other ? null : $"{what} than rank 0 ({other}, not {first})");

    /// <summary>The same of what differs in parts.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="own">What this rank was given.</param>
    /// <param name="difference">Of rank 0's and another rank's: what the other has of its own, to follow "has another"; null where they are the same.</param>
    /// <exception cref="InputException">A rank has something else.</exception>
    public static void RequireSame(this ICollective ranks, string own, Func<string, string, string?> difference)
    {
        if (ranks.Count == 1)
            return;
        string[] all = [.. ranks.AllGather(System.Text.Encoding.UTF8.GetBytes(own)).Select(System.Text.Encoding.UTF8.GetString)];
        for (int rank = 1; rank < all.Length; rank++)
            if (difference(all[0], all[rank]) is { } what)
                throw new InputException($"rank {rank} has another {what}: start all ranks with the same program, options and data");
    }
}
