namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    /// <summary>Queues a product in the device's precision: on tensor cores, where it asks for them and has them.</summary>
    private void Multiply<TA, TB, TOutput>(TA a, TB b, in Product<TOutput> product)
        where TA : struct, IPanels<TA>
        where TB : struct, IPanels<TB>
        where TOutput : struct, IProductOutput
    {
        switch (device.TensorCores)
        {
            case TensorCoreKind.None:
                Run(a, b, in product);
                break;
            case TensorCoreKind.Cuda:
                WithFormat<TensorCores, TA, TB, TOutput>(a, b, in product);
                break;
            default:
                WithFormat<EmulatedTensorCores, TA, TB, TOutput>(a, b, in product);
                break;
        }
    }

    private void WithFormat<TWarp, TA, TB, TOutput>(TA a, TB b, in Product<TOutput> product)
        where TWarp : struct, IWarpProducts
        where TA : struct, IPanels<TA>
        where TB : struct, IPanels<TB>
        where TOutput : struct, IProductOutput
    {
        switch (device.Precision)
        {
            case Precision.Tf32:
                WithTile<Tf32Format, TWarp, TA, TB, TOutput>(a, b, in product);
                break;
            case Precision.Tf32x3:
                WithTile<SplitTf32Format, TWarp, TA, TB, TOutput>(a, b, in product);
                break;
            default:
                WithTile<BFloat16Format, TWarp, TA, TB, TOutput>(a, b, in product);
                break;
        }
    }

    private void WithTile<TFormat, TWarp, TA, TB, TOutput>(TA a, TB b, in Product<TOutput> product)
        where TFormat : struct, IFactorFormat
        where TWarp : struct, IWarpProducts
        where TA : struct, IPanels<TA>
        where TB : struct, IPanels<TB>
        where TOutput : struct, IProductOutput
    {
        // Single loads, or the places of a batch, would take more registers than a large tile leaves.
        bool isLarge = TA.InQuads && TB.InQuads && product.Walks is { OutputCount: 1, ItemCount: 1 } && product.M > 64 && product.N > 64
            && Groups(product.M, LargeTensorTile.Rows) * Groups(product.N, LargeTensorTile.Columns) >= EnoughGroups / 2;
        if (isLarge && TFormat.HasRest)
            LaunchTensor<TFormat, TWarp, MediumTensorTile, TwiceWarpRows<WarpRows16>, OneItem, TA, TB, TOutput>(a, b, in product);
        else if (isLarge)
            LaunchTensor<TFormat, TWarp, LargeTensorTile, TwiceWarpRows<TwiceWarpRows<WarpRows16>>, OneItem, TA, TB, TOutput>(a, b, in product);
        else if (product.Walks is { OutputCount: 1, ItemCount: 1 })
            LaunchTensor<TFormat, TWarp, SmallTensorTile, WarpRows16, OneItem, TA, TB, TOutput>(a, b, in product);
        else if (product.Walks.ItemCount == 1)
            LaunchTensor<TFormat, TWarp, SmallTensorTile, WarpRows16, OwnOutputs, TA, TB, TOutput>(a, b, in product);
        else
            LaunchTensor<TFormat, TWarp, SmallTensorTile, WarpRows16, SharedOutputs, TA, TB, TOutput>(a, b, in product);
    }

    private void LaunchTensor<TFormat, TWarp, TTile, TSums, TItems, TA, TB, TOutput>(TA a, TB b, in Product<TOutput> product)
        where TFormat : struct, IFactorFormat
        where TWarp : struct, IWarpProducts
        where TTile : struct, ITensorTile
        where TSums : unmanaged, IWarpTile<TSums>
        where TItems : struct, IItems
        where TA : struct, IPanels<TA>
        where TB : struct, IPanels<TB>
        where TOutput : struct, IProductOutput
    {
        for (int first = 0; first < product.Walks.OutputCount; first += MostGroups)
        {
            var loop = new ProductLoop
            {
                FirstBatch = first,
                BatchCount = Math.Min(MostGroups, product.Walks.OutputCount - first),
                K = product.K,
                PartLength = product.K,
                Items = product.Walks.ItemCount,
                Outputs = product.Walks.Outputs,
                Shared = product.Walks.Items,
            };
            device.Run(
                new TensorProductKernel<TFormat, TWarp, TTile, TSums, TItems, TA, TB, TOutput>(a, b, product.Output, loop),
                Groups(product.N, TTile.Columns), (int)Groups(product.M, TTile.Rows), loop.BatchCount);
        }
    }
}
