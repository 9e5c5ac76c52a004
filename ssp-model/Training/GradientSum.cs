namespace SspNative.Model.Training;

/// <summary>Adds up the gradients of a step's clips, in their order. The sums belong to the scope around the clips' scopes.</summary>
internal sealed class GradientSum
{
    private readonly Dictionary<string, Tensor> _sums = [];

    public IEnumerable<Tensor> Values => _sums.Values;

    /// <param name="parameters">The trained parameters; those that no gradient reached are left out.</param>
    /// <param name="gradients">The gradients of one clip.</param>
    /// <param name="scope">The clip's scope, inside which the sums are made.</param>
    public void Add(IEnumerable<(string Name, Tensor Parameter)> parameters, Gradients gradients, TensorScope scope)
    {
        foreach ((string name, Tensor parameter) in parameters)
        {
            if (gradients.Find(parameter) is not { } gradient)
                continue;
            if (_sums.Remove(name, out Tensor? sum))
            {
                _sums.Add(name, scope.Keep(Ops.Add(sum, gradient)));
                sum.Dispose();
            }
            else
            {
                _sums.Add(name, scope.Keep(Ops.Detach(gradient)));
            }
        }
    }

    /// <summary>Parameters with their gradients.</summary>
    public IEnumerable<(string Name, Tensor Parameter, Tensor Gradient)> Of(IEnumerable<(string Name, Tensor Parameter)> parameters) =>
        parameters.Where(p => _sums.ContainsKey(p.Name)).Select(p => (p.Name, p.Parameter, _sums[p.Name]));
}
