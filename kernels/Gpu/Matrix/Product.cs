namespace SspNative.Kernels.Gpu;

/// <summary>A product as the host plans it: its size, its batch, and where it goes.</summary>
internal struct Product<TOutput>
    where TOutput : struct, IProductOutput
{
    public int M, N, K;
    public BatchWalks Walks;
    public TOutput Output;
}

internal sealed partial class GpuKernels
{
    // A sum of so many products at most is never split, and a longer one of rows that are samples into parts of this length, or so many: few rows alone
    // would keep few groups busy, for long.
    private const int LongestSum = 1024, SamplePart = 768, MostSampleParts = 16;

    // Groups that keep any device busy, and the least of k that is worth a group's while.
    private const int EnoughGroups = 256, ShortestPart = 512;

    // Of a launch, along its second and third dimension.
    private const int MostGroups = 65535;

    /// <summary>Queues a product: in tiles that suit its size, and, where it is a few long sums, in parts that are added up afterwards.</summary>
    private void Run<TA, TB, TOutput>(TA a, TB b, in Product<TOutput> product)
        where TA : struct, IPanels<TA>
        where TB : struct, IPanels<TB>
        where TOutput : struct, IProductOutput
    {
        if (product.N <= 32)
            RunTiles<SmallTile<Narrow>, TA, TB, TOutput>(a, b, in product);
        else if (product.M <= 32)
            RunTiles<SmallTile<Low>, TA, TB, TOutput>(a, b, in product);
        else if (SuitsLargeTiles<TA, TB, TOutput>(in product))
            RunTiles<LargeTile, TA, TB, TOutput>(a, b, in product);
        else
            RunTiles<SmallTile<Square>, TA, TB, TOutput>(a, b, in product);
    }

    // Single loads, or the places of a batch, would take more registers than a large tile leaves.
    private static bool SuitsLargeTiles<TA, TB, TOutput>(in Product<TOutput> product)
        where TA : struct, IPanels<TA>
        where TB : struct, IPanels<TB>
        where TOutput : struct, IProductOutput =>
        TA.InQuads && TB.InQuads && product.Walks is { OutputCount: 1, ItemCount: 1 } && product.M > 64 && product.N > 64
            && Tiles<LargeTile, TOutput>(in product) >= EnoughGroups / 2;

    private void RunTiles<TTile, TA, TB, TOutput>(TA a, TB b, in Product<TOutput> product)
        where TTile : struct, ITile<TTile>
        where TA : struct, IPanels<TA>
        where TB : struct, IPanels<TB>
        where TOutput : struct, IProductOutput
    {
        if (product.Walks is { OutputCount: 1, ItemCount: 1 })
            RunParts<TTile, OneItem, TA, TB, TOutput>(a, b, in product);
        else if (product.Walks.ItemCount == 1)
            RunParts<TTile, OwnOutputs, TA, TB, TOutput>(a, b, in product);
        else
            RunParts<TTile, SharedOutputs, TA, TB, TOutput>(a, b, in product);
    }

    private void RunParts<TTile, TItems, TA, TB, TOutput>(TA a, TB b, in Product<TOutput> product)
        where TTile : struct, ITile<TTile>
        where TItems : struct, IItems
        where TA : struct, IPanels<TA>
        where TB : struct, IPanels<TB>
        where TOutput : struct, IProductOutput
    {
        long tiles = Tiles<TTile, TOutput>(in product);
        int parts = product.K > LongestSum && tiles > 0 ? Parts<TA>(product.K, tiles) : 1;
        int partLength = parts == 1 ? product.K : (int)Groups(product.K, ProductSteps.Depth * parts) * ProductSteps.Depth;
        if (parts == 1)
        {
            Launch<TTile, TItems, TA, TB, TOutput, TOutput>(a, b, in product, product.Output, partLength, parts);
            return;
        }
        parts = (int)Groups(product.K, partLength);
        int quads = (int)Groups(product.N, 4), count = checked(product.Walks.OutputCount * product.M * quads);
        using var scratch = new GpuScratch<float>(device, 4L * parts * count);
        var sums = new PartialSums(scratch.View, product.Walks.OutputCount, product.M, product.N);
        Launch<TTile, TItems, TA, TB, TOutput, PartialSums>(a, b, in product, sums, partLength, parts);
        device.Run(new TotalKernel<TOutput>(sums, parts, product.M, quads, count, product.Output), Groups(count, TotalKernel<TOutput>.GroupSize));
    }

    private void Launch<TTile, TItems, TA, TB, TOutput, TSums>(TA a, TB b, in Product<TOutput> product, TSums sums, int partLength, int parts)
        where TTile : struct, ITile<TTile>
        where TItems : struct, IItems
        where TA : struct, IPanels<TA>
        where TB : struct, IPanels<TB>
        where TOutput : struct, IProductOutput
        where TSums : struct, IProductOutput
    {
        int atOnce = MostGroups / parts;
        for (int first = 0; first < product.Walks.OutputCount; first += atOnce)
        {
            var loop = new ProductLoop
            {
                FirstBatch = first,
                BatchCount = Math.Min(atOnce, product.Walks.OutputCount - first),
                K = product.K,
                PartLength = partLength,
                Items = product.Walks.ItemCount,
                Outputs = product.Walks.Outputs,
                Shared = product.Walks.Items,
            };
            device.Run(
                new ProductKernel<TTile, TItems, TA, TB, TSums>(a, b, sums, loop),
                Groups(product.N, TTile.Columns), (int)Groups(product.M, TTile.Rows), loop.BatchCount * parts);
        }
    }

    // Rows whose own numbers lie along k are samples: a sample's bits must not tell how many there were. Else k runs over the samples and the product is
    // the gradient of a weight, whose few tiles must be shared by many groups.
    private static int Parts<TA>(int k, long tiles) where TA : struct, IPanels<TA> =>
        TA.AlongK ? (int)Math.Min(MostSampleParts, Groups(k, SamplePart)) : (int)Math.Clamp(EnoughGroups / tiles, 1, k / ShortestPart);

    private static long Tiles<TTile, TOutput>(in Product<TOutput> product)
        where TTile : struct, ITile<TTile>
        where TOutput : struct, IProductOutput =>
        Groups(product.M, TTile.Rows) * Groups(product.N, TTile.Columns) * product.Walks.OutputCount;
}
