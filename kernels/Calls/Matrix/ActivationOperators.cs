using System.Runtime.CompilerServices;
using SspNative.Kernels.Operators;

namespace SspNative.Kernels;

/// <summary>What is done with the operator of an activation, compiled for each of them.</summary>
public interface IActivationVisitor
{
    /// <typeparam name="TOp">The operator; for <see cref="Activation.None"/> f(x) = x.</typeparam>
    void Visit<TOp>() where TOp : struct, IUnaryOperator;
}

/// <summary>The one place that knows which operator an activation is.</summary>
public static class ActivationOperators
{
    /// <summary>Visits the operator of an activation.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is no activation.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Visit<TVisitor>(this Activation activation, ref TVisitor visitor) where TVisitor : struct, IActivationVisitor, allows ref struct
    {
        switch (activation)
        {
            case Activation.None:
                visitor.Visit<Identity>();
                break;
            case Activation.Relu:
                visitor.Visit<Relu>();
                break;
            case Activation.Gelu:
                visitor.Visit<Gelu>();
                break;
            case Activation.QuickGelu:
                visitor.Visit<QuickGelu>();
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(activation), activation, "there is no such activation");
        }
    }

    /// <summary>PyTorch's name of the function.</summary>
    public static string OperatorName(this Activation activation)
    {
        var visitor = new NameVisitor();
        activation.Visit(ref visitor);
        return visitor.Name!;
    }

    private struct NameVisitor : IActivationVisitor
    {
        public string? Name { get; private set; }

        public void Visit<TOp>() where TOp : struct, IUnaryOperator => Name = TOp.Name;
    }
}
