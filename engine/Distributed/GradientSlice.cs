namespace SspNative.Engine.Distributed;

/// <summary>Elements of one parameter that one rank sums and updates.</summary>
/// <param name="Parameter">Index of the parameter.</param>
/// <param name="Start">First element.</param>
/// <param name="Count">Elements.</param>
/// <param name="Owner">The rank.</param>
public readonly record struct GradientSlice(int Parameter, long Start, int Count, int Owner)
{
    /// <summary>Blocks whose squares are added up by themselves.</summary>
    public int Blocks => (Count + SumOfSquaresCall.Block - 1) / SumOfSquaresCall.Block;

    /// <summary>
    /// Cuts parameters, laid end to end, into as many equal parts as there are ranks. Cuts are between the blocks that a norm is added up of, so that it
    /// can be added up as one process does.
    /// </summary>
    /// <param name="counts">Elements of each parameter.</param>
    /// <param name="ranks">How many ranks.</param>
    public static GradientSlice[] Cut(IReadOnlyList<long> counts, int ranks)
    {
        const int block = SumOfSquaresCall.Block;
        long all = counts.Sum(c => (c + block - 1) / block), done = 0;
        var slices = new List<GradientSlice>();
        int owner = 0;
        for (int p = 0; p < counts.Count; p++)
        {
            long blocks = (counts[p] + block - 1) / block;
            for (long at = 0; at < blocks;)
            {
                while (done >= End(owner))
                    owner++;
                // An array of bytes has at most 2³¹.
                long take = Math.Min(Math.Min(blocks - at, End(owner) - done), (1 << 28) / block);
                slices.Add(new GradientSlice(p, at * block, (int)Math.Min(take * block, counts[p] - at * block), owner));
                at += take;
                done += take;
            }
        }
        return [.. slices];

        long End(int rank) => all * (rank + 1) / ranks;
    }
}
